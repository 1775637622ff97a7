"""What things are: records, one module a noun. No I/O here."""
