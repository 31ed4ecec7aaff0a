"""The phases of a tick, as docs/model.md section 7 numbers them."""
