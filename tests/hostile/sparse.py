"""Copy a sparse file without writing its holes."""
import errno
import os


def copy(source, target):
    if os.path.exists(target) and os.path.samefile(source, target):
        raise OSError(errno.EINVAL, "source and target are the same file")
    with open(source, "rb") as old, open(target, "wb") as new:
        size = os.fstat(old.fileno()).st_size
        position = 0
        while position < size:
            try:
                start = os.lseek(old.fileno(), position, os.SEEK_DATA)
            except OSError as error:
                if error.errno == errno.ENXIO:
                    break  # nothing but a hole up to the end
                raise
            end = os.lseek(old.fileno(), start, os.SEEK_HOLE)
            _copy_range(old.fileno(), new.fileno(), start, end)
            position = end
        new.truncate(size)


def _copy_range(old, new, start, end):
    while start < end:
        data = os.pread(old, min(1 << 20, end - start), start)
        if not data:
            break
        os.pwrite(new, data, start)
        start += len(data)
