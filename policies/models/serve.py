"""The process that holds the embedded model: llama.cpp's OpenAI-compatible server on loopback.

A process of its own, so that a crash in native code or an interrupt from the keyboard leaves the robot's process alone.
It reads one line of JSON (model, adapter, key, threads, context) on standard input, answers with one line of JSON
({"address": ...}) on standard output, and ends when its standard input closes or its parent is gone.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import threading
import time
from typing import Any

_WATCH = 0.5  # s between looks at whether the parent still lives

# The prompt that the adapter was trained on is the last turn's text and nothing else.
CHAT_TEMPLATE = "{{ messages[-1]['content'] }}"


def _runtime() -> Any:
    return importlib.import_module("xllamacpp")  # its classes are in a compiled module without types


def parameters(settings: dict[str, Any]) -> Any:
    xllamacpp = _runtime()
    p = xllamacpp.CommonParams()
    p.model.path = settings["model"]
    if settings["adapter"]:
        p.lora_adapters = [xllamacpp.CommonAdapterLoraInfo(settings["adapter"], 1.0)]
    p.chat_template = CHAT_TEMPLATE
    p.n_ctx = settings["context"]
    p.n_parallel = 1
    p.n_gpu_layers = 0
    p.cpuparams.n_threads = settings["threads"]
    p.cpuparams_batch.n_threads = settings["threads"]
    p.n_threads_http = 2
    p.api_keys = [settings["key"]]
    p.hostnames = ["127.0.0.1"]
    p.port = 0
    p.ui = False
    p.endpoint_slots = False
    p.warmup = False
    p.fit_params = False  # to a graphics card's memory: it would load the model twice
    p.verbosity = -1
    return p


def main() -> None:
    parent = os.getppid()
    settings = json.loads(sys.stdin.readline())
    # llama.cpp may write to file descriptor 1, which is where the answer goes.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    server = _runtime().Server(parameters(settings))
    answers.write(json.dumps({"address": server.listening_address}) + "\n")
    answers.flush()
    threading.Thread(target=_end_with_input, daemon=True).start()
    while os.getppid() == parent:
        time.sleep(_WATCH)
    os._exit(0)


def _end_with_input() -> None:
    """The parent closes our input when it is done with us, or when it dies."""
    while os.read(0, 4096):
        pass
    os._exit(0)  # the server's native threads have nothing to tidy up


if __name__ == "__main__":
    main()
