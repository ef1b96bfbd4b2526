"""Long runs: what goes wrong once in a thousand times. Started by tools/soak."""
