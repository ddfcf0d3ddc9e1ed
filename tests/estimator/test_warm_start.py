from __future__ import annotations

import pytest

from trainwright import estimator as tfe


@pytest.fixture
def trained(estimator, input_fn):
    return estimator.train(input_fn)  # weight: 2.52


def start(model_fn, model_dir, source, input_fn):
    config = tfe.RunConfig(model_dir=str(model_dir))
    params = {"learning_rate": 0.0}
    warm = tfe.Estimator(model_fn, config=config, params=params, warm_start_from=source)
    return warm.train(input_fn).get_variable_value("weight")


def test_from_a_model_directory(trained, model_fn, input_fn, tmp_path):
    weight = start(model_fn, tmp_path / "warm", trained.model_dir, input_fn)
    assert weight == pytest.approx(2.52, rel=1e-6)


def test_from_a_saved_model(trained, model_fn, input_fn, serving_input_receiver_fn, tmp_path):
    saved = trained.export_saved_model(tmp_path / "export", serving_input_receiver_fn)
    assert start(model_fn, tmp_path / "warm", saved.decode(), input_fn) == pytest.approx(2.52)


def test_from_settings(trained, model_fn, input_fn, tmp_path):
    settings = tfe.WarmStartSettings(trained.latest_checkpoint(), vars_to_warm_start="nothing")
    assert start(model_fn, tmp_path / "warm", settings, input_fn) == 0.0


def test_only_a_new_model_is_warm_started(trained, model_fn, input_fn, tmp_path):
    params = {"learning_rate": 0.0}
    model_dir = str(tmp_path / "model2")
    tfe.Estimator(model_fn, model_dir, params=params).train(input_fn)
    again = tfe.Estimator(model_fn, model_dir, params=params, warm_start_from=trained.model_dir)
    again.train(input_fn)
    assert again.get_variable_value("weight") == 0.0


def test_wrong_sources(model_fn):
    with pytest.raises(ValueError, match="must be a path or WarmStartSettings. Got 1"):
        tfe.Estimator(model_fn, warm_start_from=1)
    with pytest.raises(ValueError, match="must name a checkpoint"):
        tfe.WarmStartSettings("")
