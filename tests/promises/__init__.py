"""The promises of the README, each as a suite of measurements that can be run alone: ``python -m tests.promises`` runs them all."""
