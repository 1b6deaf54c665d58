"""Benchmarks: what a run costs beside what a competent analyst's script costs, on the same pages in the same session."""
