"""human codings and decisions -> tables: samples out, codings in, agreement."""
