"""The Model Context Protocol, as its official Python SDK speaks it: `mcp` over standard input and output, and /mcp beside cases."""

import asyncio
import concurrent.futures
import json
import os
import subprocess
import sys
import threading

import pytest
from casework import DAY, NEXT_DAY, ROOT, TOKENS

DEPS = os.environ.get("AML_DEPS", str(ROOT / ".deps"))
sys.path.append(f"{DEPS}/mcp/lib")

import httpx2  # noqa: E402
from mcp import Client, StdioServerParameters  # noqa: E402
from mcp.client.stdio import stdio_client  # noqa: E402
from mcp.client.streamable_http import streamable_http_client  # noqa: E402

# Both ways to begin: with `initialize`, and without.
MODES = ("legacy", "auto")
READ_ONLY_OF_CASES = {"case_of_alert", "cases_of_day", "case_queues", "cases_of_address", "case_report"}


def waited_for(session):
    """In a thread of its own: a browser of other tests may have an event loop running in this one."""
    with concurrent.futures.ThreadPoolExecutor(1) as one:
        return one.submit(asyncio.run, session).result()


def over_lines(aml_miner, days, mode, talk):
    """What `talk(client)` finds out over standard input and output."""
    server = StdioServerParameters(command=str(aml_miner), args=["mcp", "--output-root", str(days / "output"), "--input-root",
                                                                 str(days / "input")])

    async def session():
        async with Client(stdio_client(server), mode=mode) as client:
            return await talk(client)

    return waited_for(session())


def over_http(server, name, mode, talk):
    async def session():
        headers = {"Authorization": f"Bearer {TOKENS[name]}"} if name else {}
        async with httpx2.AsyncClient(headers=headers, timeout=60) as http:
            transport = streamable_http_client(f"http://127.0.0.1:{server.cases_port}/mcp", http_client=http)
            async with Client(transport, mode=mode) as client:
                return await talk(client)

    return waited_for(session())


async def everything(client):
    """What an assistant would ask about the most suspicious alert."""
    found = {"tools": {tool.name: tool for tool in (await client.list_tools()).tools}}

    async def ask(tool, **arguments):
        result = await client.call_tool(tool, arguments)
        assert not result.is_error, result.content
        assert json.loads(result.content[0].text) == result.structured_content
        found[tool] = result.structured_content
        return result.structured_content

    assert (await ask("list_days"))["dates"] == [NEXT_DAY, DAY]
    first = (await ask("ranked_alerts", limit=3))["rankings"][0]
    alert = first["alert_id"]
    await ask("alert_detail", alert_id=alert)
    address = (await ask("alert_input", alert_id=alert))["address"]
    for tool in ("day_metadata", "scored_alerts", "feature_meanings", "model_cards"):
        await ask(tool)
    cluster = (await ask("scored_clusters"))["scores"][0]["cluster_id"]
    await ask("cluster_detail", cluster_id=cluster)
    await ask("address_history", address=address)
    await ask("address_flows", address=address, patterns=True)
    await ask("address_transfers", address=address, limit=5)
    return found


@pytest.mark.parametrize("mode", MODES)
def test_an_assistant_reads_all_there_is_over_lines(aml_miner, days, mode):
    found = over_lines(aml_miner, days, mode, everything)
    assert len(found["ranked_alerts"]["rankings"]) == 3 and found["alert_detail"]["rank"] == 1
    assert found["alert_detail"]["alert_id"] == found["alert_input"]["alert_id"]
    assert len(found["scored_alerts"]["scores"]) == 20 and "explain_json" not in found["scored_alerts"]["scores"][0]
    assert [day["processing_date"] for day in found["address_history"]["days"]][0] == NEXT_DAY
    assert len(found["address_transfers"]["transfers"]) <= 5 and "patterns" in found["address_flows"]
    # Every tool was tried, none of cases is there.
    assert set(found) - {"tools"} == set(found["tools"])


@pytest.mark.parametrize("mode", MODES)
def test_an_assistant_beside_cases_reads_the_same_and_cases(aml_miner, days, server, anna, mode):
    def without_times(found):
        return {tool: answer for tool, answer in found.items() if tool != "tools"}

    found = over_http(server, "ruth", mode, everything)
    assert without_times(found) == without_times(over_lines(aml_miner, days, mode, everything))
    assert set(found["tools"]) - (set(found) - {"tools"}) == READ_ONLY_OF_CASES
    alert = found["alert_detail"]["alert_id"]
    assert anna.decide(alert, day=NEXT_DAY, note="paid twice").status == 200

    async def cases(client):
        asked = {"case_of_alert": {"date": NEXT_DAY, "alert_id": alert}, "cases_of_day": {"date": NEXT_DAY},
                 "case_queues": {"date": NEXT_DAY}, "cases_of_address": {"address": found["alert_input"]["address"]},
                 "case_report": {"from": NEXT_DAY, "to": NEXT_DAY}}
        assert set(asked) == READ_ONLY_OF_CASES
        results = {tool: await client.call_tool(tool, arguments) for tool, arguments in asked.items()}
        assert not any(result.is_error for result in results.values()), results
        return {tool: result.structured_content for tool, result in results.items()}

    answers = over_http(server, "ruth", mode, cases)
    assert answers["case_of_alert"] == server.person("ruth").get(f"/cases/days/{NEXT_DAY}/alerts/{alert}").json()
    assert answers["cases_of_day"] == server.person("ruth").get(f"/cases/days/{NEXT_DAY}").json()
    assert answers["case_report"]["open"]["report"] == 1


def test_what_is_hidden_from_people_is_hidden_from_their_assistants(start, table):
    server = start("--cases-blind", "1")

    async def detail(client):
        return await client.call_tool("alert_detail", {"date": DAY, "alert_id": table["alert_id"][0]})

    result = over_http(server, "anna", "auto", detail)
    assert result.is_error and "hidden until it is decided" in result.content[0].text


def test_a_wrong_question_is_answered_by_a_sentence(aml_miner, days):
    async def wrong(client):
        return [(await client.call_tool(tool, arguments)) for tool, arguments in (
            ("alert_detail", {}), ("alert_detail", {"alert_id": "no-such"}), ("ranked_alerts", {"date": "2001-01-01"}),
            ("ranked_alerts", {"limit": 100_000}), ("address_flows", {"date": "x", "address": "y"}))]

    said = over_lines(aml_miner, days, "auto", wrong)
    assert all(result.is_error for result in said)
    for result, part in zip(said, ("alert_id is missing", "no-such", "2025-10-26", "limit must be from 1 to 200", "date"), strict=True):
        assert part in result.content[0].text


def test_several_networks_are_asked_by_name(aml_miner, days, tmp_path):
    """Each from the folders of its name; a network that is not there is a sentence."""
    for root in ("output", "input"):
        for network in ("bitcoin", "other"):
            (tmp_path / root).mkdir(exist_ok=True)
            (tmp_path / root / network).symlink_to(days / root)
    parameters = StdioServerParameters(command=str(aml_miner), args=["mcp", "--output-root", str(tmp_path / "output"), "--input-root", str(tmp_path / "input"),
                                                                    "--networks", "bitcoin,other"])

    async def session():
        async with Client(stdio_client(parameters), mode="auto") as client:
            tools = (await client.list_tools()).tools
            assert all("network" in tool.input_schema["properties"] for tool in tools if tool.name != "list_networks")
            listed = await client.call_tool("list_networks", {})
            assert listed.structured_content["networks"] == ["bitcoin", "other"]
            here = await client.call_tool("list_days", {})
            assert here.structured_content == (await client.call_tool("list_days", {"network": "bitcoin"})).structured_content
            missing = await client.call_tool("list_days", {"network": "nowhere"})
            assert missing.is_error and "there are bitcoin, other" in missing.content[0].text

    waited_for(session())


def test_only_people_with_a_token_may_ask_beside_cases(server):
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    ruth = server.person("ruth")
    assert ruth.ask("POST", "/mcp", message, Origin=None, If_Match=None).status == 200
    assert server.person("nobody").ask("POST", "/mcp", message).status == 401
    assert ruth.ask("POST", "/mcp", message, Origin="https://elsewhere.example").status == 403
    assert ruth.ask("POST", "/mcp", message, Host="elsewhere.example").status == 403
    assert ruth.ask("POST", "/mcp", message, Content_Type="text/plain").status == 415
    assert ruth.ask("POST", "/mcp", b"x" * 65_537).status == 413
    assert ruth.ask("POST", "/mcp", b"[" * 60_000).json()["error"]["code"] == -32600
    for method in ("GET", "DELETE"):
        refused = ruth.ask(method, "/mcp")
        assert refused.status == 405 and refused.headers["Allow"] == "POST"
    # Everybody's port has none of it.
    assert server.request("POST", "/mcp").status in (404, 405)
    assert "/mcp" not in json.loads(server.get("/openapi.json").body)["paths"]
    assert "/mcp" in ruth.get("/openapi.json").json()["paths"]


def test_many_assistants_at_once_are_answered_alike(server):
    answers, lock = [], threading.Lock()

    async def list_and_rank(client):
        tools = await client.list_tools()
        ranked = await client.call_tool("ranked_alerts", {"limit": 5})
        return [tool.name for tool in tools.tools], ranked.structured_content

    def one(mode):
        answer = over_http(server, "ruth", mode, list_and_rank)
        with lock:
            answers.append(answer)

    threads = [threading.Thread(target=one, args=(MODES[i % 2],)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 8 and all(answer == answers[0] for answer in answers)


def test_rubbish_on_standard_input_ends_nothing(aml_miner, days):
    ping = '{"jsonrpc":"2.0","id":1,"method":"ping"}\n'
    sent = b"".join((b"\x00\xff\n", b"{" * 1000 + b"\n", b"x" * 1_000_000 + b"\n", b'{"jsonrpc":"2.0"}\n', ping.encode()))
    done = subprocess.run([str(aml_miner), "mcp", "--output-root", str(days / "output")], input=sent, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer.get("error", {}).get("code") for answer in answers] == [-32700, -32600, -32600, -32600, None]


def test_nobody_who_reads_ends_it_with_a_sentence(aml_miner, days):
    program = subprocess.Popen([str(aml_miner), "mcp", "--output-root", str(days / "output")], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    program.stdout.close()
    program.stdin.write(b'{"jsonrpc":"2.0","id":1,"method":"ping"}\n')
    program.stdin.flush()
    assert program.wait(timeout=60) in (2, 5)
    assert b"standard output" in program.stderr.read()
