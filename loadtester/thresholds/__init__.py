"""From a measured run to a verdict: `p99<250ms`, `error_rate<1%`, `status:5xx==0`."""
