"""A series whose asset turns out to have modes learns anew: until then it took all modes for one."""

from models.cold import note_change
from models.kernel import kernel
from models.series_arrays import Bank
from models.series_state import HOT, LEARNED_FIELDS, SEASONAL_PAGE

_FROM = int(HOT.fields[LEARNED_FIELDS[0]][1]) if HOT.fields else 0
_TO = int(HOT.fields["anomaly_offset"][1]) if HOT.fields else 0


@kernel
def learn_anew(bank: Bank, row: int) -> None:
    """Forget what the series of a row learned; order in time, duplicates and open anomalies stay."""
    bank.hot_bytes[row, _FROM:_TO] = 0
    # The other pages are read no further than the hot record says.
    if bank.cold.seasonal.shape[1] > 0:
        bank.cold.seasonal[row, :] = 0.0
        note_change(bank.cold, row, SEASONAL_PAGE)
