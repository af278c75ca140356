# SPDX-License-Identifier: LGPL-3.0-or-later
"""An input against the trained model that its training starts from.

What `dp train --finetune`, `--init-model` and `--restart` do was read off deepmd-kit 3.2.0:
``deepmd/utils/finetune.py`` and ``deepmd/pt/train/training.py``.
"""
