"""Facts: targets, observations, profiles, outcomes, certificates, authorisations. Nothing here judges."""
