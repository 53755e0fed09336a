"""The Nth read of the disk fails, for each N until a boot needs no more.

The fault is in QEMU's block layer (blkdebug), so that the controller reports
it and the firmware's own driver turns it into a status of INT 13h. A fault
that passes must cost a retry and nothing else; one that stays must end in a
numbered sentence. tests/hostile does the same one floor higher, in the BIOS.
"""
import os
import pathlib
import re
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import broken  # noqa: E402
import kindling  # noqa: E402

SOAK = os.environ.get("KINDLING_SOAK") == "1"
CONTROLLERS = ["ahci", "virtio-blk"]
if SOAK:
    CONTROLLERS += ["virtio-scsi", "lsi", "xhci"]
ANY_ERROR = r"(?m)^E(\d+) .*?\r?\n"
FIRMWARE = 2     # QEMU and SeaBIOS read LBA 0; these are none of ours
MOST_READS = 60  # of a boot: more, and the loop does not end
AT_LEAST = 6     # stage 2, two windows, kernel, module
PATIENCE = 60    # boots; firmware may wait long for a broken disk
READ_ERRORS = {1, 30, 41, 80}


def rules(number, once):
    """The configuration of blkdebug that lets read number fail."""
    text = "".join(
        f'[set-state]\nevent = "read_aio"\nstate = "{i}"\n'
        f'new_state = "{i + 1}"\n\n' for i in range(1, number))
    return text + (f'[inject-error]\nevent = "read_aio"\n'
                   f'state = "{number}"\nerrno = "5"\n'
                   f'once = "{"on" if once else "off"}"\n')


def disk_arguments(image, controller, config):
    *controllers, holder = kindling.DISKS[controller]
    arguments = ["-drive", "if=none,id=boot,driver=raw,snapshot=on,"
                 f"file.driver=blkdebug,file.config={config},"
                 f"file.image.filename={image}"]
    for device in controllers:
        arguments += ["-device", device]
    return arguments + ["-device", f"{holder},drive=boot,bootindex=0"]


def faults(pc):
    """How many errors the virtual disk has reported."""
    pc.qmp_command("query-status")  # what was sent before is here after it
    return sum(event.get("event") == "BLOCK_IO_ERROR" for event in pc.events)


@pytest.fixture(scope="module")
def image():
    return broken.make_image()


def boot_with_fault(image, controller, folder, number, once):
    """Boot; return (faults, number of the error or None, ledger or None)."""
    config = folder / "blkdebug.conf"
    config.write_text(rules(number, once))
    with kindling.Qemu(extra=disk_arguments(image, controller, config)) as pc:
        found, match = pc.expect_any(kindling.UP, ANY_ERROR, boots=PATIENCE)
        seen = faults(pc)
        pc.still_runs()
        if found == 1:
            pc.on_screen(re.escape(match[0].rstrip()))
            return seen, int(match[1]), None
        return seen, None, kindling.Ledger(
            re.search(kindling.LEDGER, pc.text)[1])


@pytest.mark.parametrize("controller", CONTROLLERS)
def test_a_fault_that_passes(controller, image, tmp_path):
    """The boot succeeds, and its ledger says that it was not easy."""
    for number in range(FIRMWARE + 1, MOST_READS):
        seen, error, ledger = boot_with_fault(image, controller, tmp_path,
                                              number, once=True)
        assert error is None, f"read {number}: E{error}"
        if not seen:
            assert ledger["retries"] == 0 and ledger["quirks"] == set()
            break
        assert seen == 1
        assert ledger["retries"] == 1, f"read {number}: {ledger}"
        assert ledger["quirks"] == {"retry"}, f"read {number}: {ledger}"
    assert AT_LEAST <= number < MOST_READS - 1


@pytest.mark.parametrize("controller", CONTROLLERS)
def test_a_fault_that_stays(controller, image, tmp_path):
    """A disk that dies: always a sentence, until no read is left to fail."""
    errors = set()
    for number in range(FIRMWARE + 1, MOST_READS):
        seen, error, _ = boot_with_fault(image, controller, tmp_path, number,
                                         once=False)
        if not seen:
            assert error is None
            break
        errors.add(error)
        # The last file of a boot is a module that may be missing.
        assert error in READ_ERRORS or error is None, f"read {number}"
    assert AT_LEAST <= number < MOST_READS - 1
    assert {1, 30} <= errors
