"""What Sculpt reads besides archives: indexes of packages, system images and their index."""
