"""The document model, and reading, editing and writing it in XML and HID."""
