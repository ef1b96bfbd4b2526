"""The benchmarks of ``tools/bench``: one module each, ratios of pairs measured in turn."""
