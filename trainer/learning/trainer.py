"""The training loop: the HF Trainer, with averaged weights in evaluation, a teacher, and checkpoints that are whole or not there.

What it adds to the Trainer: ``FaceTrainer`` evaluates and saves the moving average, feeds the teacher's logits, and logs the training
accuracy; ``CheckpointCallback`` logs at every checkpoint (so that a resumed run logs the same means), marks checkpoints, thins them, draws
the curves, and ends a run that no longer improves. See also: what a step computes (``module.py``).
"""

import sys
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from transformers import Trainer, TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from trainer.learning.checkpoints import LEARNER, mark, prune_checkpoints, stale
from trainer.learning.config import Recipe
from trainer.learning.curves import write_curves
from trainer.learning.distillation import Teacher
from trainer.learning.ema import Ema, changing
from trainer.learning.module import TrainingModule
from trainer.learning.save_pretrained import write_model
from trainer.synthesis.dataset import NetInput

LOG_EVERY = 25


class FaceTrainer(Trainer):
    """See the module. ``cut`` is how pictures are normalised, for the model folder of each checkpoint."""

    def __init__(self, learner: TrainingModule, recipe: Recipe, cut: NetInput, teacher: Teacher | None, **settings: Any) -> None:
        super().__init__(model=learner, **settings)
        self.learner, self.recipe, self.cut = learner, recipe, cut
        self.ema = Ema(learner, recipe.ema)  # after the Trainer has moved the weights to their device
        self.teacher = teacher.to(self.args.device) if teacher else None
        self._right = torch.zeros(2, dtype=torch.int64, device=self.args.device)

    def compute_loss(self, model: Any, inputs: dict[str, Any], return_outputs: bool = False, num_items_in_batch: Any = None) -> Any:
        """The learner's loss; while training, with the teacher's logits, and counting what was right."""
        if self.teacher is not None and model.training:
            with self.accelerator.autocast():
                inputs = {**inputs, "teacher_logits": self.teacher(inputs["pixel_values"])}
        outputs = model(**inputs)
        if model.training:
            labels = inputs["labels"]
            right = (outputs["logits"].detach().argmax(dim=1) == labels).sum()
            self._right += torch.stack([right, torch.full_like(right, len(labels))])
        return (outputs["loss"], outputs) if return_outputs else outputs["loss"]

    def evaluate(self, *arguments: Any, **named: Any) -> dict[str, float]:
        """With the averaged weights, and with one process's running statistics in all of them."""
        self.share_buffers()
        with self.ema.averaged_weights():
            figures: dict[str, float] = super().evaluate(*arguments, **named)
        return figures

    def evaluation_loop(self, *arguments: Any, **named: Any) -> Any:
        """With the loss over the crops themselves: the Trainer's own also counts those that fill up the last batches of the processes."""
        output = super().evaluation_loop(*arguments, **named)
        logits, labels = (torch.as_tensor(values) for values in (output.predictions, output.label_ids))
        assert output.metrics is not None
        output.metrics["eval_loss"] = torch.nn.functional.cross_entropy(logits.float(), labels).item()
        return output

    def share_buffers(self) -> None:
        """Running statistics differ between processes until the next step; the first process's count."""
        if self.args.world_size > 1:
            for value in [*self.learner.buffers(), *self.ema.values.values()]:
                torch.distributed.broadcast(value, src=0)

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """With the accuracy over the training pictures since the last time."""
        if "loss" in logs:
            right, seen = self.accelerator.reduce(self._right, reduction="sum").tolist()
            logs["train_accuracy"] = right / max(seen, 1)
            self._right.zero_()
        super().log(logs, start_time)

    def _save(self, output_dir: str | None = None, state_dict: Any = None) -> None:
        """A checkpoint's weights: the model folder as evaluated, and the raw weights with their averages. The first process only."""
        if not self.args.should_save:
            return
        folder = Path(output_dir or str(self.args.output_dir))
        folder.mkdir(parents=True, exist_ok=True)
        raw = {f"raw.{name}": value for name, value in changing(self.learner).items()}
        mean = {f"mean.{name}": value for name, value in self.ema.values.items()}
        save_file({name: value.detach().cpu().contiguous() for name, value in (raw | mean).items()}, folder / LEARNER)
        with self.ema.averaged_weights():
            write_model(self.learner.net, self.learner.seam_head, self.cut, self.recipe, folder)

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: Any = None) -> None:
        """The counterpart of ``_save``; frozen weights came with the checkpoint's model folder."""
        stored = load_file(Path(resume_from_checkpoint) / LEARNER, device=str(self.args.device))
        live = changing(self.learner)
        with torch.no_grad():
            for name, value in live.items():
                value.copy_(stored[f"raw.{name}"])
        self.ema.load({name.removeprefix("mean."): value for name, value in stored.items() if name.startswith("mean.")})


class CheckpointCallback(TrainerCallback):
    """Averages, marks, thins, draws and ends; see the module."""

    def __init__(self, recipe: Recipe, identity: dict[str, Any]) -> None:
        self._recipe, self._identity = recipe, identity
        self.loop: FaceTrainer | None = None

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """After each optimiser step."""
        assert self.loop is not None
        self.loop.ema.update(state.global_step)
        if state.global_step >= state.max_steps:
            control.should_evaluate = control.should_save = True
        if control.should_save:
            control.should_log = True

    def on_save(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """After each process has written its part of a checkpoint."""
        assert self.loop is not None
        self.loop.accelerator.wait_for_everyone()
        if state.is_world_process_zero:
            run = Path(str(args.output_dir))
            mark(run / f"checkpoint-{state.global_step}", self._identity)
            prune_checkpoints(run, self._recipe.keep, state.best_global_step)
            write_curves(run, state.log_history, state.best_global_step)
        if stale(state.global_step, state.best_global_step, self._recipe):
            control.should_training_stop = True


def training_arguments(recipe: Recipe, *, bf16: bool, on_cpu: bool) -> TrainingArguments:
    """The HF Trainer's settings. One epoch, in order: pairs are drawn from their number and never repeat."""
    plateau = recipe.schedule == "plateau"
    return TrainingArguments(
        output_dir=str(recipe.out),
        num_train_epochs=1,
        per_device_train_batch_size=recipe.batch,
        per_device_eval_batch_size=64,
        gradient_accumulation_steps=recipe.accumulate,
        train_sampling_strategy="sequential",
        learning_rate=recipe.learning_rate,
        weight_decay=recipe.weight_decay,
        warmup_steps=0 if plateau else recipe.warm_up,
        lr_scheduler_type="reduce_lr_on_plateau" if plateau else "cosine",
        lr_scheduler_kwargs={"mode": "max", "factor": 0.5, "patience": 2} if plateau else None,
        bf16=bf16,
        use_cpu=on_cpu,
        dataloader_num_workers=recipe.workers,
        dataloader_prefetch_factor=4 if recipe.workers else None,
        dataloader_pin_memory=not on_cpu,
        remove_unused_columns=False,
        ddp_find_unused_parameters=False,  # backbone.py has frozen those
        disable_tqdm=not sys.stderr.isatty(),
        eval_strategy="steps",
        eval_steps=recipe.evaluate_every,
        save_steps=recipe.evaluate_every,
        metric_for_best_model="balanced_auc",
        greater_is_better=True,
        logging_steps=LOG_EVERY,
        report_to=[],
        seed=recipe.seed,
    )
