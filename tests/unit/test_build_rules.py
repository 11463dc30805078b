"""Rules that descriptions bring along: what becomes of them in one flat graph."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from genode_tool.errors import EnvironmentProblem
from tests.unit.buildtree import SmallTree

TWO = "repos/base/src/app/two"


@pytest.fixture
def tree(tmp_path: Path) -> SmallTree:
    return SmallTree(tmp_path)


def describe(tree: SmallTree, text: str) -> None:
    tree.write(f"{TWO}/target.mk", "TARGET = two\nSRC_CC = main.cc\n" + text)


def test_objects_in_sub_directories(tree: SmallTree) -> None:
    describe(
        tree,
        """
SRC_CC += sub/deep/x.cc
sub/deep/x.o: sub/deep/
sub/deep/:
\t$(VERBOSE)mkdir -p $@
""",
    )
    tree.write(f"{TWO}/sub/deep/x.cc", "int x;\n")
    assert tree.make("app/two").ok
    assert "COMPILE  sub/deep/x.o" in tree.said
    assert tree.make("app/two").steps == 0


@pytest.mark.parametrize("option", ["", "-p "])
def test_the_rule_of_a_directory_is_run(tree: SmallTree, option: str) -> None:
    """A target that ends in `/`, by an absolute name, whose recipe does more than make it."""
    describe(
        tree,
        f"""
main.o: $(CURDIR)/gen/
main.o: gen/deep/more.h
$(CURDIR)/gen/:
\tmkdir {option}$(CURDIR)/gen
\tln -s $(PRG_DIR)/main.cc $(CURDIR)/gen/link
gen/deep/more.h: $(CURDIR)/gen/
\tmkdir -p gen/deep; cp gen/link $@
""",
    )
    assert tree.make("app/two").ok
    gen = tree.build / "app/two/gen"
    assert (gen / "link").is_symlink()
    assert (gen / "deep/more.h").is_file()
    assert tree.make("app/two").steps == 0
    (gen / "another").write_text("")  # the time of a directory is no reason
    assert tree.make("app/two").steps == 0
    shutil.rmtree(gen)
    assert tree.make("app/two").ok
    assert (gen / "link").is_symlink()


def test_a_name_that_is_never_made_does_not_force_compiling(tree: SmallTree) -> None:
    describe(tree, "main.o: force\nforce:\n")
    tree.make("app/two")
    assert tree.make("app/two").steps == 0


def test_a_name_that_is_never_made_forces_any_other_step(tree: SmallTree) -> None:
    describe(tree, "all: day\nday: force\n\t@echo DATE $@\n\tdate > $@\nforce:\n")
    tree.make("app/two")
    tree.make("app/two")
    assert tree.said == ["DATE day"]


def test_value_from_the_shell_is_looked_at_each_time(tree: SmallTree) -> None:
    describe(tree, f"CC_OPT += -DV='\"$(shell head -1 < {tree.path}/version)\"'\n")
    (tree.path / "version").write_text("one\n")
    tree.make("app/two")
    assert tree.make("app/two").steps == 0
    (tree.path / "version").write_text("two\n")
    tree.make("app/two")
    assert tree.said == ["COMPILE  main.o", "LINK     two"]


def test_phony_target_that_makes_a_file_is_a_file(tree: SmallTree) -> None:
    describe(
        tree,
        """
OBJECTS2 = main.o
two: pack.a
.PHONY: pack.a
pack.a:
\t@echo "    PACK     $@"
\t$(VERBOSE)cat $(OBJECTS) > pack.a
""",
    )
    tree.make("app/two")
    assert "PACK     pack.a" in tree.said
    assert tree.make("app/two").steps == 0
    tree.append(f"{TWO}/main.cc", "int changed;\n")
    tree.make("app/two")
    assert tree.said == ["COMPILE  main.o", "LINK     two", "PACK     pack.a"]


def test_phony_target_that_makes_nothing_runs_each_time(tree: SmallTree) -> None:
    describe(tree, "all: note\n.PHONY: note\nnote:\n\t$(VERBOSE)date >> note.txt\n")
    tree.make("app/two")
    tree.make("app/two")
    assert (tree.build / "app/two/note.txt").read_text().count("\n") == 2


def test_recipe_that_changes_its_input_in_place_runs_once(tree: SmallTree) -> None:
    describe(
        tree,
        """
all: patched.tag
patched.tag: two
\t$(VERBOSE)printf x | dd of=two bs=1 seek=0 conv=notrunc 2> /dev/null
\t$(VERBOSE)touch $@
""",
    )
    tree.make("app/two")
    assert (tree.build / "app/two/two").read_bytes()[:1] == b"x"
    assert tree.make("app/two").steps == 0


def test_exported_variables_reach_commands(tree: SmallTree) -> None:
    describe(
        tree,
        """
export GREETING = hello 'world'
all: greeting
greeting:
\t$(VERBOSE)printenv GREETING > $@
""",
    )
    tree.make("app/two")
    assert (tree.build / "app/two/greeting").read_text() == "hello 'world'\n"


def test_pwd_in_a_description_is_the_build_directory(tree: SmallTree) -> None:
    describe(
        tree,
        """
all: place
place:
\t$(VERBOSE)echo $(PWD) > $@
""",
    )
    tree.make("app/two")
    assert (tree.build / "app/two/place").read_text() == f"{tree.build.resolve()}\n"


def test_several_lines_and_ignored_failures(tree: SmallTree) -> None:
    describe(
        tree,
        """
all: lines
lines:
\t-$(VERBOSE)false
\t$(VERBOSE)x=1; \\
\t  if test $$x = 1; then \\
\t    echo "a $$x" > $@; \\
\t  fi
\t$(VERBOSE)(echo b; echo c) >> $@
""",
    )
    assert tree.make("app/two").ok
    assert (tree.build / "app/two/lines").read_text() == "a 1\nb\nc\n"


def test_double_colon_rules_all_run(tree: SmallTree) -> None:
    describe(tree, "all: both\nboth::\n\techo 1 > both\nboth:: main.o\n\techo 2 >> both\n")
    assert tree.make("app/two").ok
    assert (tree.build / "app/two/both").read_text() == "1\n2\n"


def test_target_specific_options(tree: SmallTree) -> None:
    describe(tree, "SRC_CC += other.cc\nmain.o: CC_OPT += -DONLY_MAIN\n")
    tree.write(f"{TWO}/main.cc", "#ifndef ONLY_MAIN\n#error missing\n#endif\n")
    tree.write(f"{TWO}/other.cc", "#ifdef ONLY_MAIN\n#error leaked\n#endif\n")
    assert tree.make("app/two").ok


def test_generated_source(tree: SmallTree) -> None:
    describe(
        tree,
        """
SRC_CC += made.cc
made.cc:
\t@echo "    CONVERT  $@"
\t$(VERBOSE)echo 'int made;' > $@
""",
    )
    tree.make("app/two")
    assert sorted(tree.said) == [
        "COMPILE  made.o",
        "COMPILE  main.o",
        "CONVERT  made.cc",
        "LINK     two",
    ]
    assert tree.make("app/two").steps == 0


def test_makefile_as_an_input_that_is_read(tree: SmallTree) -> None:
    describe(tree, "all: copy\ncopy: $(PRG_DIR)/target.mk\n\t$(VERBOSE)cp $< $@\n")
    tree.make("app/two")
    tree.append(f"{TWO}/target.mk", "# more\n")
    tree.make("app/two")
    assert (tree.build / "app/two/copy").read_text().endswith("# more\n")


def test_ninja_that_cannot_go_on_is_one_message(tree: SmallTree) -> None:
    describe(tree, "")
    tree.make("app/two")
    manifest = tree.build / "var/genode/build.ninja"
    manifest.write_text(manifest.read_text() + "build broken\n")
    with pytest.raises(EnvironmentProblem, match="ninja"):
        tree.make("again")
    assert tree.make("app/two").ok


def test_what_a_library_makes_elsewhere_in_the_build_directory(tree: SmallTree) -> None:
    tree.append(
        "repos/base/lib/mk/util.mk",
        """
HEADERS := $(BUILD_BASE_DIR)/include/gen/made.h
all: $(HEADERS)
$(HEADERS):
\t$(VERBOSE)mkdir -p $(@D) && echo 'int made();' > $@
""",
    )
    tree.append(
        "repos/base/src/app/one/target.mk",
        "INC_DIR += $(wildcard $(BUILD_BASE_DIR)/include/gen)\n"
        "FOUND := $(notdir $(wildcard $(BUILD_BASE_DIR)/include/gen/*.h))\n"
        "CC_OPT += -DFOUND_$(basename $(FOUND))=1\n",
    )
    tree.write("repos/base/src/app/one/more.cc", "#include <made.h>\nint x = FOUND_made;\n")
    assert tree.make("app/one").ok  # seen before it is there
    assert tree.make("app/one").steps == 0
    tree.append("repos/base/src/app/one/target.mk", "# a comment\n")
    assert tree.make("app/one").steps == 0


def test_a_directory_that_a_description_makes(tree: SmallTree) -> None:
    describe(
        tree,
        """
BEFORE := $(wildcard gen/sub)
$(shell mkdir -p $(CURDIR)/gen/sub)
CC_OPT += -DMADE=$(words $(BEFORE) $(wildcard gen/sub) $(wildcard gen))
""",
    )
    tree.write(f"{TWO}/main.cc", "static_assert(MADE == 2);\n")
    assert tree.make("app/two").ok
    assert tree.make("app/two").steps == 0
    (tree.build / "app/two/main.o").unlink()
    assert tree.make("app/two").steps == 3


def test_objects_that_are_made_along_with_another_file(tree: SmallTree) -> None:
    describe(
        tree,
        """
OBJECTS += along.o
along.o: built
built:
\t$(VERBOSE)echo > along.o && echo > built
""",
    )
    tree.append("repos/base/mk/prg.mk", "$(TARGET): along.o\n")
    assert tree.make("app/two").ok


def test_files_that_a_sub_build_leaves_behind(tree: SmallTree) -> None:
    """A library's rule names only a step; a program uses a file out of the library's directory."""
    tree.write(
        "repos/base/lib/mk/foreign.mk",
        "all: foreign_build\nforeign_build:\n\t@echo BUILD $@\n\tmkdir -p gen && echo 7 > gen/n\n",
    )
    describe(
        tree,
        "LIBS = foreign\nmain.o: n.h\n"
        "n.h: $(LIB_CACHE_DIR)/foreign/gen/n\n\t@echo COPY $@\n\tcp $< $@\n",
    )
    result = tree.make("app/two")
    assert result.ok, result.problems
    assert tree.said.index("BUILD foreign_build") < tree.said.index("COPY n.h")
    assert (tree.build / "app/two/n.h").read_text() == "7\n"


def test_only_complete_libraries_promise_files(tree: SmallTree) -> None:
    describe(tree, "main.o: n.h\nn.h: $(LIB_CACHE_DIR)/foreign/gen/n\n\tcp $< $@\n")
    result = tree.make("app/two")
    assert not result.ok
    assert any("libcache/foreign/gen/n" in problem.diagnostic.text for problem in result.problems)


def test_links_to_what_a_sub_build_leaves_behind(tree: SmallTree) -> None:
    """A link leads to a file in the library's own directory that only a step's recipe knows."""
    tree.write(
        "repos/base/lib/mk/foreign.mk",
        "all: linked\nlinked: step.tag\n\tln -sf $(CURDIR)/gen/n $@\n"
        "step.tag:\n\tmkdir -p gen && echo 7 > gen/n && touch $@\n",
    )
    describe(
        tree,
        "LIBS = foreign\nmain.o: n.h\nn.h: $(LIB_CACHE_DIR)/foreign/linked\n\tcp $< $@\n",
    )
    result = tree.make("app/two")
    assert result.ok, result.problems
    assert (tree.build / "app/two/n.h").read_text() == "7\n"
    assert tree.make("app/two").steps == 0


def test_steps_that_are_not_made_in_parallel(tree: SmallTree) -> None:
    """The first step takes longest; each adds to one file what it found there."""
    tags = "tags := c.tag b.tag a.tag\nmain.o: $(tags)\n"
    rule = "%.tag:\n\tsleep 0.$(if $(filter c,$*),3,0); echo $* >> log; touch $@\n"
    describe(tree, tags + ".NOTPARALLEL: $(tags)\n" + rule)
    result = tree.make("app/two")
    assert result.ok, result.problems
    assert (tree.build / "app/two/log").read_text().split() == ["c", "b", "a"]


def test_a_sub_build_makes_its_directory_itself(tree: SmallTree) -> None:
    tree.write(
        "repos/base/lib/foreign/Makefile",
        "all:\n\ttest ! -e $(O)\n\tmkdir $(O)\n\techo 7 > $(O)/n\n",
    )
    describe(
        tree,
        "main.o: gen/n\ngen/n:\n\tmake -C $(BASE_DIR)/lib/foreign O=$(CURDIR)/gen all\n",
    )
    result = tree.make("app/two")
    assert result.ok, result.problems
    assert (tree.build / "app/two/gen/n").read_text() == "7\n"


def test_headers_that_only_a_sub_build_knows(tree: SmallTree) -> None:
    """A program looks for a directory that another build system fills."""
    tree.write(
        "repos/base/lib/foreign/Makefile",
        "all:\n\tsleep 0.2; mkdir -p $(O)/include\n\techo 'enum { SEVEN = 7 };' > $(O)/include/n\n",
    )
    tree.write(
        "repos/base/lib/mk/foreign.mk",
        "all: foreign.tag\nforeign.tag:\n"
        "\tmake -C $(BASE_DIR)/lib/foreign O=$(CURDIR)/build all\n\ttouch $@\n",
    )
    tree.write(f"{TWO}/main.cc", "#include <n>\nstatic_assert(SEVEN == 7);\n")
    describe(
        tree,
        "LIBS = foreign\n"
        "CC_OPT += $(addprefix -I,$(wildcard $(LIB_CACHE_DIR)/foreign/build/include))\n",
    )
    result = tree.make("app/two")
    assert result.ok, result.problems
    assert tree.make("app/two").steps == 0


def test_a_missing_compiler_of_a_tool_chain_is_got_in_two_ways(tree: SmallTree) -> None:
    prefix = "/nowhere/bin/genode-x86-"
    (tree.build / "etc/tools.conf").write_text(f"CUSTOM_CXX := {prefix}g++\n")
    with pytest.raises(EnvironmentProblem, match=f"`{prefix}g\\+\\+` is missing") as caught:
        tree.make("app/two")
    assert "`genode tool-chain adopt x86`" in (caught.value.hint or "")
    assert "`genode tool-chain x86` builds" in (caught.value.hint or "")
