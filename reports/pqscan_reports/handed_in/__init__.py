"""What a unit hands in: a section of a report in the manner of administrative documents, its tables as a workbook, and the redacted
edition of both, which is built from counts alone."""
