"""A trained run applied to new files: ``python -m jsolar.predict WORKDIR FILE…``.

The run says in ``model.json`` what it was trained for; the room of that task does the work.
"""

from jsolar.forecast.predict import command

if __name__ == "__main__":
    command()
