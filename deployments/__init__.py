"""Where it runs: work pools, schedules, automations."""
