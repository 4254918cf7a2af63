"""Says where images come from and reads them: which data set, MNIST's files, scikit-learn's digits, and their parts.

It imports numpy, torch, torchvision and scikit-learn, each only where images are read, and nothing else of `train`.
"""
