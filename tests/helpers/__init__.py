"""What several test files share: illustrative data, results worked out by plain means, and readers of what is shown."""
