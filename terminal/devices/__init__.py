"""The devices on the desk beside the card reader: PIN pads, and where a PIN is entered."""
