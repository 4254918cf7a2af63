"""Says where images come from, reads and prepares them, keeps them for every process to map, and parts them.

It imports numpy, torch, torchvision, scikit-learn, Pillow, filelock, pandas and scipy, each only where images are
read, and nothing else of `train` but its files.
"""
