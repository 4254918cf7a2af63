BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('v3.2.0.a');
CREATE TABLE studies (
	study_id INTEGER NOT NULL, 
	study_name VARCHAR(512) NOT NULL, 
	PRIMARY KEY (study_id)
);
INSERT INTO "studies" VALUES(1,'digits-2000');
CREATE TABLE study_directions (
	study_direction_id INTEGER NOT NULL, 
	direction VARCHAR(8) NOT NULL, 
	study_id INTEGER NOT NULL, 
	objective INTEGER NOT NULL, 
	PRIMARY KEY (study_direction_id), 
	UNIQUE (study_id, objective), 
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
INSERT INTO "study_directions" VALUES(1,'MAXIMIZE',1,0);
CREATE TABLE study_system_attributes (
	study_system_attribute_id INTEGER NOT NULL, 
	study_id INTEGER, 
	"key" VARCHAR(512), 
	value_json TEXT, 
	PRIMARY KEY (study_system_attribute_id), 
	UNIQUE (study_id, "key"), 
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
CREATE TABLE study_user_attributes (
	study_user_attribute_id INTEGER NOT NULL, 
	study_id INTEGER, 
	"key" VARCHAR(512), 
	value_json TEXT, 
	PRIMARY KEY (study_user_attribute_id), 
	UNIQUE (study_id, "key"), 
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
INSERT INTO "study_user_attributes" VALUES(1,1,'identity','{"budget": 2000, "max_macs": null, "max_activation_bytes": null, "dataset": "digits", "seed": 0, "epochs": 1, "hold": 1, "precision": "fp32", "sampling": "inside", "deterministic": false, "space": "wide 66fac911029f", "score": "mean held-out accuracy of the last epochs"}');
INSERT INTO "study_user_attributes" VALUES(2,1,'begun','true');
INSERT INTO "study_user_attributes" VALUES(3,1,'settings','{"study": "digits-2000", "trials": 3, "epochs": 1, "hold": 1, "target": 0.9940000000000001, "seed": 0, "precision": "auto", "sampler": "tpe", "pruner": "screening", "space": "wide", "sampling": "inside", "warm_start": "zoo", "deterministic": false, "minimize_parameters": false, "budget": [2000, null, null], "dataset": "digits"}');
CREATE TABLE trial_heartbeats (
	trial_heartbeat_id INTEGER NOT NULL, 
	trial_id INTEGER NOT NULL, 
	heartbeat DATETIME NOT NULL, 
	PRIMARY KEY (trial_heartbeat_id), 
	UNIQUE (trial_id), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
CREATE TABLE trial_intermediate_values (
	trial_intermediate_value_id INTEGER NOT NULL, 
	trial_id INTEGER NOT NULL, 
	step INTEGER NOT NULL, 
	intermediate_value FLOAT, 
	intermediate_value_type VARCHAR(7) NOT NULL, 
	PRIMARY KEY (trial_intermediate_value_id), 
	UNIQUE (trial_id, step), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_intermediate_values" VALUES(1,1,1,0.152,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(2,2,1,0.14,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(3,3,1,0.096,'FINITE');
CREATE TABLE trial_params (
	param_id INTEGER NOT NULL, 
	trial_id INTEGER, 
	param_name VARCHAR(512), 
	param_value FLOAT, 
	distribution_json TEXT, 
	PRIMARY KEY (param_id), 
	UNIQUE (trial_id, param_name), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_params" VALUES(1,1,'family',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["plain", "stages"]}}');
INSERT INTO "trial_params" VALUES(2,1,'stages',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [2, 3]}}');
INSERT INTO "trial_params" VALUES(3,1,'blocks_1',0.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 0, "high": 2}}');
INSERT INTO "trial_params" VALUES(4,1,'blocks_2',2.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 0, "high": 4}}');
INSERT INTO "trial_params" VALUES(5,1,'blocks_3',1.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 0, "high": 4}}');
INSERT INTO "trial_params" VALUES(6,1,'block',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["dense", "separable"]}}');
INSERT INTO "trial_params" VALUES(7,1,'convolutions',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [1, 2]}}');
INSERT INTO "trial_params" VALUES(8,1,'entry',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["dense", "separable", "pointwise"]}}');
INSERT INTO "trial_params" VALUES(9,1,'pool',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["before entry", "after entry"]}}');
INSERT INTO "trial_params" VALUES(10,1,'entry_padding',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [false, true]}}');
INSERT INTO "trial_params" VALUES(11,1,'stem_padding',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [false, true]}}');
INSERT INTO "trial_params" VALUES(12,1,'depthwise',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [3, 5]}}');
INSERT INTO "trial_params" VALUES(13,1,'between',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["nothing", "norm", "norm act"]}}');
INSERT INTO "trial_params" VALUES(14,1,'order',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["norm act", "act norm"]}}');
INSERT INTO "trial_params" VALUES(15,1,'sum_first',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [false, true]}}');
INSERT INTO "trial_params" VALUES(16,1,'blur',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [false, true]}}');
INSERT INTO "trial_params" VALUES(17,1,'activation',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["relu", "prelu", "silu"]}}');
INSERT INTO "trial_params" VALUES(18,1,'ghost',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [0, 16, 32, 64]}}');
INSERT INTO "trial_params" VALUES(19,1,'first_pool_field',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [5, 7, 9]}}');
INSERT INTO "trial_params" VALUES(20,1,'blocks_after_pool',4.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 6}}');
INSERT INTO "trial_params" VALUES(21,1,'second_pool',2.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 0, "high": 3}}');
INSERT INTO "trial_params" VALUES(22,1,'transition',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["none", "before pool", "after pool"]}}');
INSERT INTO "trial_params" VALUES(23,1,'transition_dress',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["bare", "relu", "block"]}}');
INSERT INTO "trial_params" VALUES(24,1,'normalisation',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["none", "bn relu", "relu bn"]}}');
INSERT INTO "trial_params" VALUES(25,1,'dropout',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["none", "element", "map"]}}');
INSERT INTO "trial_params" VALUES(26,1,'dropout_rate',0.02,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.005, "high": 0.3, "log": true}}');
INSERT INTO "trial_params" VALUES(27,1,'dropout_place',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["every block", "before first pool"]}}');
INSERT INTO "trial_params" VALUES(28,1,'padding',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["none", "first", "last", "all"]}}');
INSERT INTO "trial_params" VALUES(29,1,'head',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["gap then 1x1", "class maps 1x1", "class maps 3x3", "full map"]}}');
INSERT INTO "trial_params" VALUES(30,1,'hidden',0.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 0, "high": 2}}');
INSERT INTO "trial_params" VALUES(31,1,'head_dress',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["bare", "relu", "block"]}}');
INSERT INTO "trial_params" VALUES(32,1,'mean_crop',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [0, 2]}}');
INSERT INTO "trial_params" VALUES(33,1,'share_before_1',1.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.2, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(34,1,'share_before_2',1.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.2, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(35,1,'share_before_3',1.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.2, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(36,1,'share_before_4',1.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.2, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(37,1,'share_transition',1.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.2, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(38,1,'share_after_1',1.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.2, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(39,1,'share_after_2',1.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.2, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(40,1,'share_after_3',1.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.2, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(41,1,'share_after_4',1.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.2, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(42,1,'share_after_5',1.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.2, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(43,1,'share_after_6',1.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.2, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(44,1,'share_hidden_1',1.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.2, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(45,1,'share_hidden_2',1.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.2, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(46,1,'share_stem',0.5,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.2, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(47,1,'share_stage_1',1.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.2, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(48,1,'share_stage_2',0.75,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.2, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(49,1,'share_stage_3',1.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.2, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(50,1,'fill',0.93825,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.5, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(51,1,'optimizer',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["sgd", "adam", "adamw", "muon"]}}');
INSERT INTO "trial_params" VALUES(52,1,'sgd_learning_rate',0.05,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.005, "high": 0.3, "log": true}}');
INSERT INTO "trial_params" VALUES(53,1,'adam_learning_rate',0.01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0005, "high": 0.05, "log": true}}');
INSERT INTO "trial_params" VALUES(54,1,'momentum',0.9,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.8, "high": 0.98, "log": false}}');
INSERT INTO "trial_params" VALUES(55,1,'weight_decay',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [0.0, 1e-05, 0.0001, 0.0005, 0.001, 0.005]}}');
INSERT INTO "trial_params" VALUES(56,1,'batch_size',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [32, 64, 128, 256]}}');
INSERT INTO "trial_params" VALUES(57,1,'schedule',3.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["constant", "step", "exponential", "one-cycle", "cosine", "plateau"]}}');
INSERT INTO "trial_params" VALUES(58,1,'step_every',6.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 3, "high": 10}}');
INSERT INTO "trial_params" VALUES(59,1,'step_factor',0.1,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.05, "high": 0.5, "log": true}}');
INSERT INTO "trial_params" VALUES(60,1,'decay_per_epoch',0.75,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.5, "high": 0.95, "log": false}}');
INSERT INTO "trial_params" VALUES(61,1,'warmup',0.3,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.1, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(62,1,'plateau_factor',0.1,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.05, "high": 0.5, "log": true}}');
INSERT INTO "trial_params" VALUES(63,1,'plateau_patience',1.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 0, "high": 3}}');
INSERT INTO "trial_params" VALUES(64,1,'augmentation',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["none", "rotation", "affine", "jitter", "rotation, jitter", "affine, jitter", "rotation, affine, jitter", "jitter, affine, rotation"]}}');
INSERT INTO "trial_params" VALUES(65,1,'rotation_degrees',10.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 2.0, "high": 20.0, "log": false}}');
INSERT INTO "trial_params" VALUES(66,1,'affine_degrees',10.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 15.0, "log": false}}');
INSERT INTO "trial_params" VALUES(67,1,'affine_translate',0.07,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.15, "log": false}}');
INSERT INTO "trial_params" VALUES(68,1,'affine_scale',0.1,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.25, "log": false}}');
INSERT INTO "trial_params" VALUES(69,1,'affine_shear',5.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 15.0, "log": false}}');
INSERT INTO "trial_params" VALUES(70,1,'brightness',0.2,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(71,1,'contrast',0.2,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(72,1,'interpolation',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["nearest", "bilinear"]}}');
INSERT INTO "trial_params" VALUES(73,1,'nesterov',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [false, true]}}');
INSERT INTO "trial_params" VALUES(74,1,'decay_vectors',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [true, false]}}');
INSERT INTO "trial_params" VALUES(75,1,'fade',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [0.0, 0.1, 0.2, 0.4]}}');
INSERT INTO "trial_params" VALUES(76,1,'label_smoothing',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [0.0, 0.02, 0.05, 0.1]}}');
INSERT INTO "trial_params" VALUES(77,1,'ema',3.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [0.0, 0.99, 0.997, 0.999]}}');
INSERT INTO "trial_params" VALUES(78,1,'start_divisor',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [5.0, 25.0]}}');
INSERT INTO "trial_params" VALUES(79,1,'end_divisor',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [100.0, 10000.0]}}');
INSERT INTO "trial_params" VALUES(80,1,'anneal',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["cosine", "linear"]}}');
INSERT INTO "trial_params" VALUES(81,2,'family',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["plain", "stages"]}}');
INSERT INTO "trial_params" VALUES(82,2,'stages',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [2, 3]}}');
INSERT INTO "trial_params" VALUES(83,2,'blocks_1',0.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 0, "high": 2}}');
INSERT INTO "trial_params" VALUES(84,2,'blocks_2',2.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 0, "high": 4}}');
INSERT INTO "trial_params" VALUES(85,2,'blocks_3',2.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 0, "high": 4}}');
INSERT INTO "trial_params" VALUES(86,2,'block',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["dense", "separable"]}}');
INSERT INTO "trial_params" VALUES(87,2,'convolutions',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [1, 2]}}');
INSERT INTO "trial_params" VALUES(88,2,'entry',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["dense", "separable", "pointwise"]}}');
INSERT INTO "trial_params" VALUES(89,2,'pool',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["before entry", "after entry"]}}');
INSERT INTO "trial_params" VALUES(90,2,'entry_padding',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [false, true]}}');
INSERT INTO "trial_params" VALUES(91,2,'stem_padding',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [false, true]}}');
INSERT INTO "trial_params" VALUES(92,2,'depthwise',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [3, 5]}}');
INSERT INTO "trial_params" VALUES(93,2,'between',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["nothing", "norm", "norm act"]}}');
INSERT INTO "trial_params" VALUES(94,2,'order',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["norm act", "act norm"]}}');
INSERT INTO "trial_params" VALUES(95,2,'sum_first',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [false, true]}}');
INSERT INTO "trial_params" VALUES(96,2,'blur',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [false, true]}}');
INSERT INTO "trial_params" VALUES(97,2,'activation',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["relu", "prelu", "silu"]}}');
INSERT INTO "trial_params" VALUES(98,2,'ghost',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [0, 16, 32, 64]}}');
INSERT INTO "trial_params" VALUES(99,2,'first_pool_field',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [5, 7, 9]}}');
INSERT INTO "trial_params" VALUES(100,2,'blocks_after_pool',4.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 6}}');
INSERT INTO "trial_params" VALUES(101,2,'second_pool',2.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 0, "high": 3}}');
INSERT INTO "trial_params" VALUES(102,2,'transition',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["none", "before pool", "after pool"]}}');
INSERT INTO "trial_params" VALUES(103,2,'transition_dress',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["bare", "relu", "block"]}}');
INSERT INTO "trial_params" VALUES(104,2,'normalisation',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["none", "bn relu", "relu bn"]}}');
INSERT INTO "trial_params" VALUES(105,2,'dropout',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["none", "element", "map"]}}');
INSERT INTO "trial_params" VALUES(106,2,'dropout_rate',0.02,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.005, "high": 0.3, "log": true}}');
INSERT INTO "trial_params" VALUES(107,2,'dropout_place',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["every block", "before first pool"]}}');
INSERT INTO "trial_params" VALUES(108,2,'padding',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["none", "first", "last", "all"]}}');
INSERT INTO "trial_params" VALUES(109,2,'head',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["gap then 1x1", "class maps 1x1", "class maps 3x3", "full map"]}}');
INSERT INTO "trial_params" VALUES(110,2,'hidden',0.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 0, "high": 2}}');
INSERT INTO "trial_params" VALUES(111,2,'head_dress',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["bare", "relu", "block"]}}');
INSERT INTO "trial_params" VALUES(112,2,'mean_crop',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [0, 2]}}');
INSERT INTO "trial_params" VALUES(113,2,'share_before_1',1.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.2, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(114,2,'share_before_2',1.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.2, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(115,2,'share_before_3',1.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.2, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(116,2,'share_before_4',1.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.2, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(117,2,'share_transition',1.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.2, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(118,2,'share_after_1',1.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.2, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(119,2,'share_after_2',1.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.2, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(120,2,'share_after_3',1.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.2, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(121,2,'share_after_4',1.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.2, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(122,2,'share_after_5',1.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.2, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(123,2,'share_after_6',1.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.2, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(124,2,'share_hidden_1',1.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.2, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(125,2,'share_hidden_2',1.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.2, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(126,2,'share_stem',4.1666666666666668517e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.2, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(127,2,'share_stage_1',1.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.2, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(128,2,'share_stage_2',6.66666666666666629659e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.2, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(129,2,'share_stage_3',1.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.2, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(130,2,'fill',1.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.5, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(131,2,'optimizer',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["sgd", "adam", "adamw", "muon"]}}');
INSERT INTO "trial_params" VALUES(132,2,'sgd_learning_rate',0.05,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.005, "high": 0.3, "log": true}}');
INSERT INTO "trial_params" VALUES(133,2,'adam_learning_rate',0.01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0005, "high": 0.05, "log": true}}');
INSERT INTO "trial_params" VALUES(134,2,'momentum',0.9,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.8, "high": 0.98, "log": false}}');
INSERT INTO "trial_params" VALUES(135,2,'weight_decay',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [0.0, 1e-05, 0.0001, 0.0005, 0.001, 0.005]}}');
INSERT INTO "trial_params" VALUES(136,2,'batch_size',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [32, 64, 128, 256]}}');
INSERT INTO "trial_params" VALUES(137,2,'schedule',3.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["constant", "step", "exponential", "one-cycle", "cosine", "plateau"]}}');
INSERT INTO "trial_params" VALUES(138,2,'step_every',6.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 3, "high": 10}}');
INSERT INTO "trial_params" VALUES(139,2,'step_factor',0.1,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.05, "high": 0.5, "log": true}}');
INSERT INTO "trial_params" VALUES(140,2,'decay_per_epoch',0.75,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.5, "high": 0.95, "log": false}}');
INSERT INTO "trial_params" VALUES(141,2,'warmup',0.3,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.1, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(142,2,'plateau_factor',0.1,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.05, "high": 0.5, "log": true}}');
INSERT INTO "trial_params" VALUES(143,2,'plateau_patience',1.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 0, "high": 3}}');
INSERT INTO "trial_params" VALUES(144,2,'augmentation',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["none", "rotation", "affine", "jitter", "rotation, jitter", "affine, jitter", "rotation, affine, jitter", "jitter, affine, rotation"]}}');
INSERT INTO "trial_params" VALUES(145,2,'rotation_degrees',10.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 2.0, "high": 20.0, "log": false}}');
INSERT INTO "trial_params" VALUES(146,2,'affine_degrees',10.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 15.0, "log": false}}');
INSERT INTO "trial_params" VALUES(147,2,'affine_translate',0.07,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.15, "log": false}}');
INSERT INTO "trial_params" VALUES(148,2,'affine_scale',0.1,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.25, "log": false}}');
INSERT INTO "trial_params" VALUES(149,2,'affine_shear',5.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 15.0, "log": false}}');
INSERT INTO "trial_params" VALUES(150,2,'brightness',0.2,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(151,2,'contrast',0.2,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(152,2,'interpolation',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["nearest", "bilinear"]}}');
INSERT INTO "trial_params" VALUES(153,2,'nesterov',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [false, true]}}');
INSERT INTO "trial_params" VALUES(154,2,'decay_vectors',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [true, false]}}');
INSERT INTO "trial_params" VALUES(155,2,'fade',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [0.0, 0.1, 0.2, 0.4]}}');
INSERT INTO "trial_params" VALUES(156,2,'label_smoothing',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [0.0, 0.02, 0.05, 0.1]}}');
INSERT INTO "trial_params" VALUES(157,2,'ema',3.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [0.0, 0.99, 0.997, 0.999]}}');
INSERT INTO "trial_params" VALUES(158,2,'start_divisor',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [5.0, 25.0]}}');
INSERT INTO "trial_params" VALUES(159,2,'end_divisor',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [100.0, 10000.0]}}');
INSERT INTO "trial_params" VALUES(160,2,'anneal',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["cosine", "linear"]}}');
INSERT INTO "trial_params" VALUES(161,3,'family',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["plain", "stages"]}}');
INSERT INTO "trial_params" VALUES(162,3,'stages',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [2, 3]}}');
INSERT INTO "trial_params" VALUES(163,3,'blocks_1',1.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 0, "high": 2}}');
INSERT INTO "trial_params" VALUES(164,3,'blocks_2',2.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 0, "high": 4}}');
INSERT INTO "trial_params" VALUES(165,3,'blocks_3',2.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 0, "high": 4}}');
INSERT INTO "trial_params" VALUES(166,3,'block',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["dense", "separable"]}}');
INSERT INTO "trial_params" VALUES(167,3,'convolutions',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [1, 2]}}');
INSERT INTO "trial_params" VALUES(168,3,'entry',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["dense", "separable", "pointwise"]}}');
INSERT INTO "trial_params" VALUES(169,3,'pool',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["before entry", "after entry"]}}');
INSERT INTO "trial_params" VALUES(170,3,'entry_padding',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [false, true]}}');
INSERT INTO "trial_params" VALUES(171,3,'stem_padding',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [false, true]}}');
INSERT INTO "trial_params" VALUES(172,3,'depthwise',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [3, 5]}}');
INSERT INTO "trial_params" VALUES(173,3,'between',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["nothing", "norm", "norm act"]}}');
INSERT INTO "trial_params" VALUES(174,3,'order',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["norm act", "act norm"]}}');
INSERT INTO "trial_params" VALUES(175,3,'sum_first',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [false, true]}}');
INSERT INTO "trial_params" VALUES(176,3,'blur',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [false, true]}}');
INSERT INTO "trial_params" VALUES(177,3,'activation',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["relu", "prelu", "silu"]}}');
INSERT INTO "trial_params" VALUES(178,3,'ghost',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [0, 16, 32, 64]}}');
INSERT INTO "trial_params" VALUES(179,3,'first_pool_field',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [5, 7, 9]}}');
INSERT INTO "trial_params" VALUES(180,3,'blocks_after_pool',4.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 6}}');
INSERT INTO "trial_params" VALUES(181,3,'second_pool',2.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 0, "high": 3}}');
INSERT INTO "trial_params" VALUES(182,3,'transition',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["none", "before pool", "after pool"]}}');
INSERT INTO "trial_params" VALUES(183,3,'transition_dress',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["bare", "relu", "block"]}}');
INSERT INTO "trial_params" VALUES(184,3,'normalisation',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["none", "bn relu", "relu bn"]}}');
INSERT INTO "trial_params" VALUES(185,3,'dropout',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["none", "element", "map"]}}');
INSERT INTO "trial_params" VALUES(186,3,'dropout_rate',0.02,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.005, "high": 0.3, "log": true}}');
INSERT INTO "trial_params" VALUES(187,3,'dropout_place',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["every block", "before first pool"]}}');
INSERT INTO "trial_params" VALUES(188,3,'padding',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["none", "first", "last", "all"]}}');
INSERT INTO "trial_params" VALUES(189,3,'head',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["gap then 1x1", "class maps 1x1", "class maps 3x3", "full map"]}}');
INSERT INTO "trial_params" VALUES(190,3,'hidden',0.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 0, "high": 2}}');
INSERT INTO "trial_params" VALUES(191,3,'head_dress',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["bare", "relu", "block"]}}');
INSERT INTO "trial_params" VALUES(192,3,'mean_crop',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [0, 2]}}');
INSERT INTO "trial_params" VALUES(193,3,'share_before_1',1.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.2, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(194,3,'share_before_2',1.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.2, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(195,3,'share_before_3',1.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.2, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(196,3,'share_before_4',1.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.2, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(197,3,'share_transition',1.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.2, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(198,3,'share_after_1',1.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.2, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(199,3,'share_after_2',1.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.2, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(200,3,'share_after_3',1.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.2, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(201,3,'share_after_4',1.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.2, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(202,3,'share_after_5',1.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.2, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(203,3,'share_after_6',1.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.2, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(204,3,'share_hidden_1',1.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.2, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(205,3,'share_hidden_2',1.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.2, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(206,3,'share_stem',8.57142857142857095276e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.2, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(207,3,'share_stage_1',1.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.2, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(208,3,'share_stage_2',8.57142857142857095276e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.2, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(209,3,'share_stage_3',1.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.2, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(210,3,'fill',1.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.5, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(211,3,'optimizer',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["sgd", "adam", "adamw", "muon"]}}');
INSERT INTO "trial_params" VALUES(212,3,'sgd_learning_rate',0.05,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.005, "high": 0.3, "log": true}}');
INSERT INTO "trial_params" VALUES(213,3,'adam_learning_rate',0.01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0005, "high": 0.05, "log": true}}');
INSERT INTO "trial_params" VALUES(214,3,'momentum',0.9,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.8, "high": 0.98, "log": false}}');
INSERT INTO "trial_params" VALUES(215,3,'weight_decay',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [0.0, 1e-05, 0.0001, 0.0005, 0.001, 0.005]}}');
INSERT INTO "trial_params" VALUES(216,3,'batch_size',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [32, 64, 128, 256]}}');
INSERT INTO "trial_params" VALUES(217,3,'schedule',3.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["constant", "step", "exponential", "one-cycle", "cosine", "plateau"]}}');
INSERT INTO "trial_params" VALUES(218,3,'step_every',6.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 3, "high": 10}}');
INSERT INTO "trial_params" VALUES(219,3,'step_factor',0.1,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.05, "high": 0.5, "log": true}}');
INSERT INTO "trial_params" VALUES(220,3,'decay_per_epoch',0.75,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.5, "high": 0.95, "log": false}}');
INSERT INTO "trial_params" VALUES(221,3,'warmup',0.3,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.1, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(222,3,'plateau_factor',0.1,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.05, "high": 0.5, "log": true}}');
INSERT INTO "trial_params" VALUES(223,3,'plateau_patience',1.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 0, "high": 3}}');
INSERT INTO "trial_params" VALUES(224,3,'augmentation',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["none", "rotation", "affine", "jitter", "rotation, jitter", "affine, jitter", "rotation, affine, jitter", "jitter, affine, rotation"]}}');
INSERT INTO "trial_params" VALUES(225,3,'rotation_degrees',10.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 2.0, "high": 20.0, "log": false}}');
INSERT INTO "trial_params" VALUES(226,3,'affine_degrees',10.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 15.0, "log": false}}');
INSERT INTO "trial_params" VALUES(227,3,'affine_translate',0.07,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.15, "log": false}}');
INSERT INTO "trial_params" VALUES(228,3,'affine_scale',0.1,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.25, "log": false}}');
INSERT INTO "trial_params" VALUES(229,3,'affine_shear',5.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 15.0, "log": false}}');
INSERT INTO "trial_params" VALUES(230,3,'brightness',0.2,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(231,3,'contrast',0.2,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(232,3,'interpolation',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["nearest", "bilinear"]}}');
INSERT INTO "trial_params" VALUES(233,3,'nesterov',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [false, true]}}');
INSERT INTO "trial_params" VALUES(234,3,'decay_vectors',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [true, false]}}');
INSERT INTO "trial_params" VALUES(235,3,'fade',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [0.0, 0.1, 0.2, 0.4]}}');
INSERT INTO "trial_params" VALUES(236,3,'label_smoothing',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [0.0, 0.02, 0.05, 0.1]}}');
INSERT INTO "trial_params" VALUES(237,3,'ema',3.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [0.0, 0.99, 0.997, 0.999]}}');
INSERT INTO "trial_params" VALUES(238,3,'start_divisor',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [5.0, 25.0]}}');
INSERT INTO "trial_params" VALUES(239,3,'end_divisor',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [100.0, 10000.0]}}');
INSERT INTO "trial_params" VALUES(240,3,'anneal',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["cosine", "linear"]}}');
CREATE TABLE trial_system_attributes (
	trial_system_attribute_id INTEGER NOT NULL, 
	trial_id INTEGER, 
	"key" VARCHAR(512), 
	value_json TEXT, 
	PRIMARY KEY (trial_system_attribute_id), 
	UNIQUE (trial_id, "key"), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_system_attributes" VALUES(1,1,'fixed_params','{"family": "stages", "stages": 3, "blocks_1": 0, "blocks_2": 2, "blocks_3": 1, "block": "separable", "convolutions": 1, "entry": "separable", "pool": "after entry", "entry_padding": false, "stem_padding": false, "depthwise": 3, "between": "norm act", "order": "norm act", "sum_first": false, "blur": false, "activation": "relu", "ghost": 0, "first_pool_field": 5, "blocks_after_pool": 4, "second_pool": 2, "transition": "none", "transition_dress": "bare", "normalisation": "bn relu", "dropout": "none", "dropout_rate": 0.02, "dropout_place": "every block", "padding": "none", "head": "gap then 1x1", "hidden": 0, "head_dress": "bare", "mean_crop": 0, "share_before_1": 1.0, "share_before_2": 1.0, "share_before_3": 1.0, "share_before_4": 1.0, "share_transition": 1.0, "share_after_1": 1.0, "share_after_2": 1.0, "share_after_3": 1.0, "share_after_4": 1.0, "share_after_5": 1.0, "share_after_6": 1.0, "share_hidden_1": 1.0, "share_hidden_2": 1.0, "share_stem": 0.5, "share_stage_1": 1.0, "share_stage_2": 0.75, "share_stage_3": 1.0, "fill": 0.93825, "optimizer": "adamw", "sgd_learning_rate": 0.05, "adam_learning_rate": 0.01, "momentum": 0.9, "weight_decay": 0.0001, "batch_size": 64, "schedule": "one-cycle", "step_every": 6, "step_factor": 0.1, "decay_per_epoch": 0.75, "warmup": 0.3, "plateau_factor": 0.1, "plateau_patience": 1, "augmentation": "affine", "rotation_degrees": 10.0, "affine_degrees": 10.0, "affine_translate": 0.07, "affine_scale": 0.1, "affine_shear": 5.0, "brightness": 0.2, "contrast": 0.2, "interpolation": "bilinear", "nesterov": false, "decay_vectors": true, "fade": 0.2, "label_smoothing": 0.05, "ema": 0.999, "start_divisor": 25.0, "end_divisor": 10000.0, "anneal": "cosine"}');
INSERT INTO "trial_system_attributes" VALUES(2,2,'fixed_params','{"family": "stages", "stages": 3, "blocks_1": 0, "blocks_2": 2, "blocks_3": 2, "block": "separable", "convolutions": 1, "entry": "separable", "pool": "after entry", "entry_padding": false, "stem_padding": false, "depthwise": 3, "between": "norm act", "order": "norm act", "sum_first": false, "blur": true, "activation": "relu", "ghost": 0, "first_pool_field": 5, "blocks_after_pool": 4, "second_pool": 2, "transition": "none", "transition_dress": "bare", "normalisation": "bn relu", "dropout": "none", "dropout_rate": 0.02, "dropout_place": "every block", "padding": "none", "head": "gap then 1x1", "hidden": 0, "head_dress": "bare", "mean_crop": 0, "share_before_1": 1.0, "share_before_2": 1.0, "share_before_3": 1.0, "share_before_4": 1.0, "share_transition": 1.0, "share_after_1": 1.0, "share_after_2": 1.0, "share_after_3": 1.0, "share_after_4": 1.0, "share_after_5": 1.0, "share_after_6": 1.0, "share_hidden_1": 1.0, "share_hidden_2": 1.0, "share_stem": 0.4166666666666667, "share_stage_1": 1.0, "share_stage_2": 0.6666666666666666, "share_stage_3": 1.0, "fill": 1.0, "optimizer": "adamw", "sgd_learning_rate": 0.05, "adam_learning_rate": 0.01, "momentum": 0.9, "weight_decay": 0.0001, "batch_size": 64, "schedule": "one-cycle", "step_every": 6, "step_factor": 0.1, "decay_per_epoch": 0.75, "warmup": 0.3, "plateau_factor": 0.1, "plateau_patience": 1, "augmentation": "affine", "rotation_degrees": 10.0, "affine_degrees": 10.0, "affine_translate": 0.07, "affine_scale": 0.1, "affine_shear": 5.0, "brightness": 0.2, "contrast": 0.2, "interpolation": "bilinear", "nesterov": false, "decay_vectors": true, "fade": 0.2, "label_smoothing": 0.05, "ema": 0.999, "start_divisor": 25.0, "end_divisor": 10000.0, "anneal": "cosine"}');
INSERT INTO "trial_system_attributes" VALUES(3,3,'fixed_params','{"family": "stages", "stages": 3, "blocks_1": 1, "blocks_2": 2, "blocks_3": 2, "block": "separable", "convolutions": 1, "entry": "separable", "pool": "after entry", "entry_padding": false, "stem_padding": false, "depthwise": 3, "between": "norm act", "order": "norm act", "sum_first": false, "blur": false, "activation": "relu", "ghost": 0, "first_pool_field": 5, "blocks_after_pool": 4, "second_pool": 2, "transition": "none", "transition_dress": "bare", "normalisation": "bn relu", "dropout": "none", "dropout_rate": 0.02, "dropout_place": "every block", "padding": "none", "head": "gap then 1x1", "hidden": 0, "head_dress": "bare", "mean_crop": 0, "share_before_1": 1.0, "share_before_2": 1.0, "share_before_3": 1.0, "share_before_4": 1.0, "share_transition": 1.0, "share_after_1": 1.0, "share_after_2": 1.0, "share_after_3": 1.0, "share_after_4": 1.0, "share_after_5": 1.0, "share_after_6": 1.0, "share_hidden_1": 1.0, "share_hidden_2": 1.0, "share_stem": 0.8571428571428571, "share_stage_1": 1.0, "share_stage_2": 0.8571428571428571, "share_stage_3": 1.0, "fill": 1.0, "optimizer": "adamw", "sgd_learning_rate": 0.05, "adam_learning_rate": 0.01, "momentum": 0.9, "weight_decay": 0.0001, "batch_size": 64, "schedule": "one-cycle", "step_every": 6, "step_factor": 0.1, "decay_per_epoch": 0.75, "warmup": 0.3, "plateau_factor": 0.1, "plateau_patience": 1, "augmentation": "affine", "rotation_degrees": 10.0, "affine_degrees": 10.0, "affine_translate": 0.07, "affine_scale": 0.1, "affine_shear": 5.0, "brightness": 0.2, "contrast": 0.2, "interpolation": "bilinear", "nesterov": false, "decay_vectors": true, "fade": 0.2, "label_smoothing": 0.05, "ema": 0.999, "start_divisor": 25.0, "end_divisor": 10000.0, "anneal": "cosine"}');
INSERT INTO "trial_system_attributes" VALUES(4,1,'constraints:parameters','-124.0');
INSERT INTO "trial_system_attributes" VALUES(5,1,'constraints','[-124.0]');
INSERT INTO "trial_system_attributes" VALUES(6,2,'constraints:parameters','-48.0');
INSERT INTO "trial_system_attributes" VALUES(7,2,'constraints','[-48.0]');
INSERT INTO "trial_system_attributes" VALUES(8,3,'constraints:parameters','-90.0');
INSERT INTO "trial_system_attributes" VALUES(9,3,'constraints','[-90.0]');
CREATE TABLE trial_user_attributes (
	trial_user_attribute_id INTEGER NOT NULL, 
	trial_id INTEGER, 
	"key" VARCHAR(512), 
	value_json TEXT, 
	PRIMARY KEY (trial_user_attribute_id), 
	UNIQUE (trial_id, "key"), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_user_attributes" VALUES(1,1,'origin','"zoo/2000"');
INSERT INTO "trial_user_attributes" VALUES(2,2,'origin','"zoo/4000 scaled"');
INSERT INTO "trial_user_attributes" VALUES(3,3,'origin','"zoo/8000 scaled"');
INSERT INTO "trial_user_attributes" VALUES(4,1,'lease','{"host": "somewhere", "system": "1298ddb03ec9", "process": 8648, "began": 466734, "epoch": 1, "deaths": 0, "beats": 3, "seen": "2026-11-26T17:39:20+00:00"}');
INSERT INTO "trial_user_attributes" VALUES(5,1,'notation','"c8 bn relu c8g8 bn relu c12k1 bn relu mp [ c12k3p1g12 bn relu c12k1 bn relu ] [ c12k3p1g12 bn relu c12k1 bn relu ] c12g12 bn relu c16k1 bn relu mp [ c16k3p1g16 bn relu c16k1 bn relu ] gap c10k1"');
INSERT INTO "trial_user_attributes" VALUES(6,1,'parameters','1876');
INSERT INTO "trial_user_attributes" VALUES(7,1,'budget','2000');
INSERT INTO "trial_user_attributes" VALUES(8,1,'multiply-adds','258176');
INSERT INTO "trial_user_attributes" VALUES(9,1,'receptive field','44');
INSERT INTO "trial_user_attributes" VALUES(10,1,'recipe','"adamw lr 0.01 momentum 0.9, weight decay 0.0001, batch 64, OneCycle(warmup 0.3 start_divisor 25 end_divisor 1e+04 anneal cosine), Affine(degrees 10 translate 0.07 scale 0.1 shear 5 interpolation bilinear), fading over the last 0.2, label smoothing 0.05, weight average 0.999, 1 epochs"');
INSERT INTO "trial_user_attributes" VALUES(11,1,'recipe json','"{\"optimizer\": \"adamw\", \"learning_rate\": 0.01, \"momentum\": 0.9, \"weight_decay\": 0.0001, \"batch_size\": 64, \"schedule\": {\"kind\": \"OneCycle\", \"warmup\": 0.3, \"start_divisor\": 25.0, \"end_divisor\": 10000.0, \"anneal\": \"cosine\"}, \"augmentation\": [{\"kind\": \"Affine\", \"degrees\": 10.0, \"translate\": 0.07, \"scale\": 0.1, \"shear\": 5.0, \"interpolation\": \"bilinear\"}], \"nesterov\": false, \"decay_vectors\": true, \"fade\": 0.2, \"label_smoothing\": 0.05, \"distillation\": 0.0, \"ema\": 0.999, \"epochs\": 1}"');
INSERT INTO "trial_user_attributes" VALUES(12,1,'fingerprint','"e7b1db69f4ea56fd"');
INSERT INTO "trial_user_attributes" VALUES(13,1,'verdict','"trained"');
INSERT INTO "trial_user_attributes" VALUES(14,1,'losses','[2.3685302734375]');
INSERT INTO "trial_user_attributes" VALUES(15,1,'training accuracies','[0.1912]');
INSERT INTO "trial_user_attributes" VALUES(16,1,'seconds','1.344247460000588');
INSERT INTO "trial_user_attributes" VALUES(17,1,'score','0.152');
INSERT INTO "trial_user_attributes" VALUES(18,2,'lease','{"host": "somewhere", "system": "1298ddb03ec9", "process": 8648, "began": 466734, "epoch": 1, "deaths": 0, "beats": 2, "seen": "2026-11-26T17:39:21+00:00"}');
INSERT INTO "trial_user_attributes" VALUES(19,2,'notation','"c6 bn relu c6g6 bn relu c10k1 bn relu mpb [ c10k3p1g10 bn relu c10k1 bn relu ] [ c10k3p1g10 bn relu c10k1 bn relu ] c10g10 bn relu c15k1 bn relu mpb [ c15k3p1g15 bn relu c15k1 bn relu ] [ c15k3p1g15 bn relu c15k1 bn relu ] gap c10k1"');
INSERT INTO "trial_user_attributes" VALUES(20,2,'parameters','1952');
INSERT INTO "trial_user_attributes" VALUES(21,2,'budget','2000');
INSERT INTO "trial_user_attributes" VALUES(22,2,'multiply-adds','179258');
INSERT INTO "trial_user_attributes" VALUES(23,2,'receptive field','51');
INSERT INTO "trial_user_attributes" VALUES(24,2,'recipe','"adamw lr 0.01 momentum 0.9, weight decay 0.0001, batch 64, OneCycle(warmup 0.3 start_divisor 25 end_divisor 1e+04 anneal cosine), Affine(degrees 10 translate 0.07 scale 0.1 shear 5 interpolation bilinear), fading over the last 0.2, label smoothing 0.05, weight average 0.999, 1 epochs"');
INSERT INTO "trial_user_attributes" VALUES(25,2,'recipe json','"{\"optimizer\": \"adamw\", \"learning_rate\": 0.01, \"momentum\": 0.9, \"weight_decay\": 0.0001, \"batch_size\": 64, \"schedule\": {\"kind\": \"OneCycle\", \"warmup\": 0.3, \"start_divisor\": 25.0, \"end_divisor\": 10000.0, \"anneal\": \"cosine\"}, \"augmentation\": [{\"kind\": \"Affine\", \"degrees\": 10.0, \"translate\": 0.07, \"scale\": 0.1, \"shear\": 5.0, \"interpolation\": \"bilinear\"}], \"nesterov\": false, \"decay_vectors\": true, \"fade\": 0.2, \"label_smoothing\": 0.05, \"distillation\": 0.0, \"ema\": 0.999, \"epochs\": 1}"');
INSERT INTO "trial_user_attributes" VALUES(26,2,'fingerprint','"31a79fd0f8827ec2"');
INSERT INTO "trial_user_attributes" VALUES(27,2,'verdict','"trained"');
INSERT INTO "trial_user_attributes" VALUES(28,2,'losses','[2.28265]');
INSERT INTO "trial_user_attributes" VALUES(29,2,'training accuracies','[0.2352]');
INSERT INTO "trial_user_attributes" VALUES(30,2,'seconds','0.8512043119999362');
INSERT INTO "trial_user_attributes" VALUES(31,2,'score','0.14');
INSERT INTO "trial_user_attributes" VALUES(32,3,'lease','{"host": "somewhere", "system": "1298ddb03ec9", "process": 8648, "began": 466734, "epoch": 1, "deaths": 0, "beats": 2, "seen": "2026-11-26T17:39:23+00:00"}');
INSERT INTO "trial_user_attributes" VALUES(33,3,'notation','"c10 bn relu [ c10k3p1g10 bn relu c10k1 bn relu ] c10g10 bn relu c10k1 bn relu mp [ c10k3p1g10 bn relu c10k1 bn relu ] [ c10k3p1g10 bn relu c10k1 bn relu ] c10g10 bn relu c11k1 bn relu mp [ c11k3p1g11 bn relu c11k1 bn relu ] [ c11k3p1g11 bn relu c11k1 bn relu ] gap c10k1"');
INSERT INTO "trial_user_attributes" VALUES(34,3,'parameters','1910');
INSERT INTO "trial_user_attributes" VALUES(35,3,'budget','2000');
INSERT INTO "trial_user_attributes" VALUES(36,3,'multiply-adds','384550');
INSERT INTO "trial_user_attributes" VALUES(37,3,'receptive field','54');
INSERT INTO "trial_user_attributes" VALUES(38,3,'recipe','"adamw lr 0.01 momentum 0.9, weight decay 0.0001, batch 64, OneCycle(warmup 0.3 start_divisor 25 end_divisor 1e+04 anneal cosine), Affine(degrees 10 translate 0.07 scale 0.1 shear 5 interpolation bilinear), fading over the last 0.2, label smoothing 0.05, weight average 0.999, 1 epochs"');
INSERT INTO "trial_user_attributes" VALUES(39,3,'recipe json','"{\"optimizer\": \"adamw\", \"learning_rate\": 0.01, \"momentum\": 0.9, \"weight_decay\": 0.0001, \"batch_size\": 64, \"schedule\": {\"kind\": \"OneCycle\", \"warmup\": 0.3, \"start_divisor\": 25.0, \"end_divisor\": 10000.0, \"anneal\": \"cosine\"}, \"augmentation\": [{\"kind\": \"Affine\", \"degrees\": 10.0, \"translate\": 0.07, \"scale\": 0.1, \"shear\": 5.0, \"interpolation\": \"bilinear\"}], \"nesterov\": false, \"decay_vectors\": true, \"fade\": 0.2, \"label_smoothing\": 0.05, \"distillation\": 0.0, \"ema\": 0.999, \"epochs\": 1}"');
INSERT INTO "trial_user_attributes" VALUES(40,3,'fingerprint','"93065e4d582373d6"');
INSERT INTO "trial_user_attributes" VALUES(41,3,'verdict','"trained"');
INSERT INTO "trial_user_attributes" VALUES(42,3,'losses','[2.378304296875]');
INSERT INTO "trial_user_attributes" VALUES(43,3,'training accuracies','[0.132]');
INSERT INTO "trial_user_attributes" VALUES(44,3,'seconds','0.9460664970001744');
INSERT INTO "trial_user_attributes" VALUES(45,3,'score','0.096');
CREATE TABLE trial_values (
	trial_value_id INTEGER NOT NULL, 
	trial_id INTEGER NOT NULL, 
	objective INTEGER NOT NULL, 
	value FLOAT, 
	value_type VARCHAR(7) NOT NULL, 
	PRIMARY KEY (trial_value_id), 
	UNIQUE (trial_id, objective), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_values" VALUES(1,1,0,0.152,'FINITE');
INSERT INTO "trial_values" VALUES(2,2,0,0.14,'FINITE');
INSERT INTO "trial_values" VALUES(3,3,0,0.096,'FINITE');
CREATE TABLE trials (
	trial_id INTEGER NOT NULL, 
	number INTEGER, 
	study_id INTEGER, 
	state VARCHAR(8) NOT NULL, 
	datetime_start DATETIME, 
	datetime_complete DATETIME, 
	PRIMARY KEY (trial_id), 
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
INSERT INTO "trials" VALUES(1,0,1,'COMPLETE','2026-11-26 17:39:13.403013','2026-11-26 17:39:20.191539');
INSERT INTO "trials" VALUES(2,1,1,'COMPLETE','2026-11-26 17:39:20.249175','2026-11-26 17:39:21.686059');
INSERT INTO "trials" VALUES(3,2,1,'COMPLETE','2026-11-26 17:39:21.735013','2026-11-26 17:39:23.180171');
CREATE TABLE version_info (
	version_info_id INTEGER NOT NULL, 
	schema_version INTEGER, 
	library_version VARCHAR(256), 
	PRIMARY KEY (version_info_id), 
	CHECK (version_info_id=1)
);
INSERT INTO "version_info" VALUES(1,12,'5.0.0');
CREATE UNIQUE INDEX ix_studies_study_name ON studies (study_name);
CREATE INDEX ix_trials_study_id ON trials (study_id);
COMMIT;
