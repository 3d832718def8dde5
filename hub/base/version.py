"""The one place where the version is read from: the version that the package was installed as."""

from importlib.metadata import PackageNotFoundError, version

try:
    VERSION = version("truc")
except PackageNotFoundError:  # run from a tree that was never installed
    VERSION = "0+unknown"
