"""What results mean: in words, in tables, in pictures. Below the faces, which only show it."""
