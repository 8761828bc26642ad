# Everything a person types. `make demo` and `make test` first set up whatever is missing: .ci/bootstrap.

PYTHON ?=
WHEELS ?=
ARGS ?=
BIN := .venv/bin
RECIPE := PYTHONPATH=.:voices/starter .venv-starter/bin/python -W ignore -m recipe
export PYTHON WHEELS

.DEFAULT_GOAL := help
.PHONY: help demo test soak check format lock wheel deb deb-test manual waiting starter starter-smoke starter-report clean \
	twenty ready-for-demo ready-for-test ready-for-starter

help: ## say what there is
	@grep -hE '^[a-z-]+: .*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | \
		while IFS="$$(printf '\t')" read -r name what; do printf '  make %-15s %s\n' "$$name" "$$what"; done
	@echo '  The first two set up what is missing. PYTHON=python3.12 names an interpreter, ARGS="..." goes to the program,'
	@echo '  and what is compiled comes out of the bundle that WHEELS=house.tar names, if it fits.'

demo: ready-for-demo ## hold a spoken conversation, without any hardware
	@$(BIN)/voiced demo $(ARGS)

test: ready-for-test ## run the tests
	@$(BIN)/python -m pytest -n 2 --dist loadfile -m "not long and not package and not twenty" $(ARGS)

soak: ready-for-test ## run the tests that take minutes
	@$(BIN)/python -m pytest -m long $(ARGS)

twenty: ready-for-test ## speak twenty commands over a sound card, for a machine that does nothing else: three minutes
	@$(BIN)/python -m pytest -m twenty $(ARGS)

check: ready-for-test ## look at style, types and the repository's own rules
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/python .ci/rules.py

format: ready-for-test ## bring the code into shape
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

lock: ready-for-test ## pin again what pyproject.toml asks for
	@bash .ci/lock $(ARGS)

wheel: ready-for-test ## build the package, in dist/
	@$(BIN)/python -m hatchling build -t wheel

deb: ready-for-test ## build a Debian package with everything inside, in dist/
	@PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=.ci:. $(BIN)/python -m bootstrap.deb

manual: ready-for-demo ## write man pages and shell completion, in dist/share
	@$(BIN)/python -m voiced.manual dist

waiting: ready-for-test ## draw how long is waited for the end of speech, and how often that is too short
	@$(BIN)/python -m tests.waiting docs/waiting.svg

starter: ready-for-starter ## make the starter models from nothing: hours
	@$(RECIPE) make $(ARGS)

starter-smoke: ready-for-starter ## make toys in their place: minutes
	@$(RECIPE) smoke $(ARGS)

starter-report: ready-for-starter ## measure the starter models and write their cards
	@$(RECIPE) report $(ARGS)

deb-test: ready-for-test ## build the Debian package and install it into a tree: ten minutes
	@$(BIN)/python -m pytest -m package $(ARGS)

clean: ## remove what can be made again; compiled wheels stay in the cache
	@rm -rf .venv .venv-starter build dist demo .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@find . -name __pycache__ -not -path './.git/*' -prune -exec rm -rf {} +

ready-for-demo ready-for-test ready-for-starter:
	@starter="$$(command -v python3 || command -v "$(PYTHON)")" || \
		{ echo "There is no Python here: install Debian's python3, then run make again." >&2; exit 1; }; \
	PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=.ci:. "$$starter" -m bootstrap $(subst ready-for-,,$@)
