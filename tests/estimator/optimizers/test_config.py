from __future__ import annotations

import pytest
import tensorflow as tf

from trainwright.errors import InvalidArgumentError
from trainwright.estimator import optimizers
from trainwright.estimator.optimizers import SGD, Adam, Nadam

SCHEDULE = tf.keras.optimizers.schedules.CosineDecay(0.1, 7)


@pytest.mark.parametrize("name", ["Adadelta", "Adagrad", "Adam", "Adamax", "Ftrl", "RMSprop"])
def test_a_configuration_makes_an_equal_optimizer(name: str) -> None:
    cls = getattr(optimizers, name)
    config = cls(0.5, decay=0.25, clipvalue=3.0, name="mine").get_config()
    assert config["name"] == "mine"
    assert config["clipvalue"] == 3.0
    assert cls.from_config(config).get_config() == config


def test_schedules_survive() -> None:
    config = Adam(SCHEDULE).get_config()
    assert config["learning_rate"]["class_name"] == "CosineDecay"
    again = Adam.from_config(config)
    assert again.get_config() == config


def test_decay_of_nadam_has_an_old_spelling() -> None:
    config = Nadam(schedule_decay=0.1).get_config()
    assert config["decay"] == 0.1
    assert Nadam.from_config(config).get_config() == config
    assert Nadam(decay=0.1).get_config()["decay"] == 0.004  # as in 2.15


def test_functions_have_no_configuration() -> None:
    with pytest.raises(InvalidArgumentError, match="learning_rate of SGD is <function"):
        SGD(lambda: 0.1).get_config()
