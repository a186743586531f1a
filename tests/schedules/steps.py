"""rho at a step, as a number."""

from keras import ops


def rho_at(schedule, step, jump_step=-1):
    return float(ops.convert_to_numpy(schedule(step, jump_step)))
