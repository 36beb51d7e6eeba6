"""Door for the queue: functions that RQ runs, ids in at most, one service called."""
