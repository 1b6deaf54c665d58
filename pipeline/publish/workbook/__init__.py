"""tables -> the theme workbook: what its sheets are (`sheets`), their words (`words`), and two writers (`xlsx`, `ods`).

It follows the UK Government Analysis Function's guidance on accessible spreadsheets
(https://analysisfunction.civilservice.gov.uk/policy-store/releasing-statistics-in-spreadsheets/): one marked-up table
a sheet, one header row, no merged or empty cells, shorthand explained, notes as [note 1], nothing by colour alone.
"""
