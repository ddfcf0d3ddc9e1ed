"""Runs as other tools show them: TensorBoard's hyperparameters, and MLflow."""
