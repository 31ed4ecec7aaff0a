"""An exercise in browsers: who sits where, what each sees and may do, and that nobody else can."""
