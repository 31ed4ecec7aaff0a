"""What shows that tests notice a wrong rule goes with the rules: every mutation has its place."""

import pytest

from tests.mutations import HERE, MUTATIONS, Mutation


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda one: one.name)
def test_a_mutation_has_one_place_and_files_that_should_catch_it(mutation: Mutation) -> None:
    compile(mutation.made_in(HERE), mutation.part, "exec")
    files = [*mutation.plain, *mutation.compiled]
    assert files
    for file in files:
        assert (HERE / file.partition("::")[0]).is_file(), file
