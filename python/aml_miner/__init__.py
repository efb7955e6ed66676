"""aml-miner in Python: exact predictions and explanations of LightGBM models, and the program's own stages.

Model     a trained LightGBM model: predict(), explain(), feature_names, inspect(), to_json()
shap_explanation(model, X)      what the package shap plots
flows(table), features(input_dir), evaluate(scores, truth)      stages of the program, with tables of pyarrow
ProgramError    the program's refusal: one sentence and its exit code
__version__     the program's
"""

import importlib
import importlib.metadata
import typing

if typing.TYPE_CHECKING:
    __version__: str
    from ._model import Model, shap_explanation
    from ._program import ProgramError
    from ._stages import evaluate, features, flows

__all__ = ["Model", "ProgramError", "evaluate", "features", "flows", "shap_explanation"]

_PLACES = {"Model": "_model", "shap_explanation": "_model", "ProgramError": "_program", "evaluate": "_stages",
           "features": "_stages", "flows": "_stages"}


def __getattr__(name: str) -> typing.Any:
    """Loads what is asked for when it is asked for: the command needs neither NumPy nor the engine."""
    if name == "__version__":
        try:
            return importlib.metadata.version("aml-miner")
        except importlib.metadata.PackageNotFoundError:
            raise AttributeError("aml_miner is not installed, and has no version") from None
    if name not in _PLACES:
        raise AttributeError(f"module {__name__} has no attribute {name}")
    return getattr(importlib.import_module(f".{_PLACES[name]}", __name__), name)


def __dir__() -> list[str]:
    """What is not loaded yet stands here too, for whoever completes names."""
    return sorted([*__all__, "__version__", *(name for name in globals() if name.startswith("__"))])
