"""The cockpit: controls and live plots of a run, and its verdict in words."""
