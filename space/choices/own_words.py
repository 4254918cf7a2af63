"""What each choice is, in words for people, and beside which others it matters."""

_ONE_CYCLE, _AFFINE = 'schedule = "one-cycle"', "an augmentation with affine"

_OF_PLAIN = {
    "first_pool_field": "pixels that the first max pool sees: 5, 7 or 9 for 2, 3 or 4 blocks before it",
    "blocks_after_pool": "blocks behind it",
    "second_pool": "behind how many of them a second max pool stands; 0 for none",
    "third_pool": "behind how many more a third one stands; 0 for none",
    "fourth_pool": "behind how many more a fourth one stands; 0 for none",
    "transition": "where a 1x1 convolution stands",
    "transition_dress": "what follows it: nothing, a ReLU, or all that follows a block",
    "normalisation": "batch normalisation off, before the ReLU, or behind it",
    "dropout": "off, of single elements, or of whole maps",
    "dropout_rate": "share that is dropped",
    "dropout_place": "the blocks that it closes",
    "padding": "the blocks that are padded by 1",
    "head": "how maps become logits",
    "hidden": "hidden 1x1 convolutions behind the means",
    "head_dress": "what follows a hidden convolution or the class maps",
    "mean_crop": "rows and columns that the mean over a map leaves out",
}
_OF_STAGES = {
    "stages": "how many stages, with a max pool between two",
    "blocks_1": "residual blocks of the first stage",
    "blocks_2": "residual blocks of the second",
    "blocks_3": "residual blocks of the third",
    "blocks_4": "residual blocks of the fourth",
    "blocks_5": "residual blocks of the fifth",
    "block": "what a residual block convolves with: 3x3, or depthwise and then 1x1",
    "convolutions": "how many of these it has",
    "entry": "what a stage begins with",
    "pool": "where the max pool stands, by the entry of the next stage",
    "entry_padding": "whether an entry keeps the map's side",
    "stem_padding": "whether the first convolution does",
    "depthwise": "side of depthwise convolutions",
    "between": "what stands between the two convolutions of a separable one",
    "order": "of normalisation and activation",
    "sum_first": "whether a block's last activation follows the sum",
    "blur": "whether max pools are blurred",
}
_OF_BOTH = {
    "activation": "of all layers",
    "ghost": "images that are normalised by themselves; 0 for whole batches",
}
_OF_WIDTHS = {
    "fill": "share of the budget that a network is made for; with --sampling inside",
    "share": "each convolution's share of a common scale, of all or of one as share_stem; with --sampling inside",
    "width": "each convolution's maps, of all or of one as width_stem; with --sampling plain",
}
_OF_TRAINING = {
    "optimizer": "what takes the steps",
    "sgd_learning_rate": "the peak of the learning rate",
    "adam_learning_rate": "the peak of the learning rate",
    "momentum": "of sgd and muon; the first beta of the others",
    "nesterov": "whether sgd looks ahead along its momentum",
    "weight_decay": "L2 for sgd and adam, decoupled for the others",
    "decay_vectors": "whether it reaches biases and normalisation",
    "batch_size": "images of a step",
    "label_smoothing": "share of the target that is spread over all classes",
    "ema": "decay of the moving average of weights that is scored; 0 for none",
    "distillation": "share of the loss that is a teacher's answers",
    "schedule": "how the learning rate moves",
    "step_every": "epochs between two steps down",
    "step_factor": "what a step multiplies the rate by",
    "decay_per_epoch": "what an epoch multiplies the rate by",
    "warmup": "share of the steps in which the rate rises",
    "start_divisor": "the first rate is the peak over this",
    "end_divisor": "the last rate is the first over this",
    "anneal": "the curve that the rate moves along",
    "plateau_factor": "what a plateau multiplies the rate by",
    "plateau_patience": "epochs without a better loss before that",
}
_OF_AUGMENTATION = {
    "augmentation": "what is done to training images, in this order",
    "fade": "share of the training at its end in which that shrinks to nothing",
    "rotation_degrees": "the widest angle",
    "affine_degrees": "the widest angle",
    "affine_translate": "the farthest shift, a share of the side",
    "affine_scale": "the most by which the factor differs from 1",
    "affine_shear": "the widest angle along x",
    "interpolation": "of pixels that are moved",
    "brightness": "the most by which the factor differs from 1",
    "contrast": "the most by which the factor differs from 1",
    "saturation": "the most by which the factor differs from 1",
    "crop_padding": "pixels that are added on each side before the crop",
    "crop_fill": "what these are",
    "cutout_share": "side of the square that is blackened, a share of the image's",
}

GROUPS: dict[str, tuple[str, ...]] = {
    "Networks as by hand: form plain": tuple(_OF_PLAIN),
    "Networks of residual stages: form stages": tuple(_OF_STAGES),
    "Networks of both forms": tuple(_OF_BOTH),
    "Training": tuple(_OF_TRAINING),
    "Augmentation": tuple(_OF_AUGMENTATION),
}
"""The choices beside widths, in the order in which they are written."""

WORDS = _OF_PLAIN | _OF_STAGES | _OF_BOTH | _OF_TRAINING | _OF_AUGMENTATION | _OF_WIDTHS
"""What each choice is."""

MATTERS: dict[str, str] = {
    "transition_dress": 'a transition that is not "none"',
    "dropout_rate": 'a dropout that is not "none"',
    "dropout_place": 'a dropout that is not "none"',
    "hidden": 'head = "gap then 1x1" or "full map"',
    "head_dress": "hidden above 0, or class maps",
    **{f"blocks_{stage}": f"stages of {stage} or more" for stage in range(3, 6)},
    "depthwise": "a separable block or entry",
    "between": "a separable block or entry",
    "ghost": "a normalisation",
    "sgd_learning_rate": 'optimizer = "sgd"',
    "adam_learning_rate": "an optimizer that is not sgd",
    "momentum": "a schedule that is not one-cycle, which moves it itself",
    "nesterov": 'optimizer = "sgd"',
    "decay_vectors": "a weight_decay above 0",
    "step_every": 'schedule = "step"',
    "step_factor": 'schedule = "step"',
    "decay_per_epoch": 'schedule = "exponential"',
    **dict.fromkeys(("warmup", "start_divisor", "end_divisor", "anneal"), _ONE_CYCLE),
    "plateau_factor": 'schedule = "plateau"',
    "plateau_patience": 'schedule = "plateau"',
    "fade": "an augmentation that has a range",
    "rotation_degrees": "an augmentation with rotation",
    **dict.fromkeys(("affine_degrees", "affine_translate", "affine_scale", "affine_shear"), _AFFINE),
    "interpolation": "an augmentation with rotation or affine",
    "brightness": "an augmentation with jitter or colour",
    "contrast": "an augmentation with jitter or colour",
    "saturation": "an augmentation with colour",
    "crop_padding": "an augmentation with crop",
    "crop_fill": "an augmentation with crop",
    "cutout_share": "an augmentation with cutout",
}
"""Beside what a choice matters; without that it changes nothing. Others matter where their form does."""
