"""Test harness shared by the conformance, fault and golden suites and by bench/run."""
