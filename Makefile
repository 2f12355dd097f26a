# The two commands to know: make run, make test. Without make: ./viva run.
.DEFAULT_GOAL := help
.PHONY: help run test test-slow check format leaks chaos conversations bench bench-interviews bench-flat bench-peers bench-scale stub-llm train-head train-turns messages image-check lock install install-dev

BIN := .venv/bin
# One torch thread a process: the test processes would otherwise fight over the cores.
export OMP_NUM_THREADS ?= 1

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## install if needed, then serve on http://127.0.0.1:8000 (PORT=8080 for another port)
	@./viva run $(if $(PORT),--port $(PORT)) $(ARGS)

test: install-dev ## the whole default suite (ARGS="-k word" to choose)
	$(BIN)/pytest -n 2 --dist loadfile -m "not slow" $(ARGS)

test-slow: install-dev ## the stories that start many processes, which the default suite leaves out
	$(BIN)/pytest -n 2 --dist loadfile -m slow $(ARGS)

check: install-dev ## format, lint, types, import contracts, migrations in step; no tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/mypy scripts
	$(BIN)/lint-imports
	$(BIN)/viva db check

format: install-dev ## put the code into the house's format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

leaks: install-dev ## 10,000 hostile turns in every channel, looking for what a candidate must not read (LEAK_TURNS, LEAK_SEED)
	LEAK_TURNS=$(or $(LEAK_TURNS),10000) LEAK_SEED=$(or $(LEAK_SEED),$(shell date +%s)) \
		$(BIN)/pytest -s -q tests/journeys/test_leaks.py -k shown_before_the_end $(ARGS)

chaos: install-dev ## 2,000 answers graded by workers that are killed, over servers that are restarted (ARGS="--answers 300")
	$(BIN)/python -m tests.fleet.chaos $(ARGS)

conversations: install-dev ## interviews with candidates of every temper, written to build/conversations (OUT=folder)
	$(BIN)/python scripts/conversations.py $(if $(OUT),--out $(OUT)) $(ARGS)

bench: install-dev ## the figures: turn time, throughput, memory, first byte, cost beside a chat model
	$(BIN)/python -m benchmarks $(ARGS)

bench-interviews: install-dev ## 500 interviews at once against a served Viva (ARGS="--interviews 50 --speed 10" to try it out)
	$(BIN)/python -m benchmarks.interviews $(ARGS)

bench-scale: install-dev ## grading by several workers on PostgreSQL, and turns beside a batch (ARGS="--only a --workers 2")
	$(BIN)/python -m benchmarks.scale $(ARGS)

bench-peers: install-dev ## the same answers through Viva, autorubric and DeepEval (installs both under build/peers)
	$(BIN)/python -m benchmarks.beside_others $(ARGS)

bench-flat: install-dev ## what a turn costs PostgreSQL while stored replies grow to a million (ARGS="--most 10000" to try it out)
	$(BIN)/python -m benchmarks.stored_replies $(ARGS)

stub-llm: install-dev ## a stand-in chat model, to try the critique without a key
	$(BIN)/python -m tests.stub_llm $(ARGS)

train-head: install-dev ## fit the grading head again: make train-head DATA=folder (ARGS=--write ships it)
	$(BIN)/python -m app.evaluation.fit_head "$(or $(DATA),$(error name the folder of labelled answers: make train-head DATA=folder))" $(ARGS)

train-turns: install-dev ## fit the heads that tell replies apart again (ARGS=--write ships them)
	$(BIN)/python -m app.evaluation.fit_turns tests/interviews/turns/development.jsonl $(ARGS)

messages: install-dev ## bring the candidate's languages up to date with the sentences there are (app/locale/*.po)
	$(BIN)/python scripts/messages.py

image-check: install-dev ## execute the Dockerfile in a scratch Debian and serve from it (root, debootstrap; minutes)
	$(BIN)/python scripts/image_check.py $(ARGS)

lock: install-dev ## resolve every dependency again into constraints.txt
	$(BIN)/python scripts/lock.py

install: ## only make or update the environment
	@./viva install

install-dev:
	@./viva install --dev
