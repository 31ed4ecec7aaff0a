"""One file a phase, in the order of docs/model.md section 7."""
