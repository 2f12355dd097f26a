"""The MCP server, over standard input and output."""

from importlib.metadata import version

from mcp.server import MCPServer
from mcp_types import ToolAnnotations

from app.logs import set_up
from app.mcp.records import CAUTION
from app.mcp.tools import Api, Tools

INSTRUCTIONS = (
    "Viva interviews people in writing and grades their answers criterion by criterion. A verdict comes with a verbatim "
    "quote, a score with an interval; what could not be read is unknown, not zero. A person decides about candidates: "
    f"report scores with their intervals and review reasons, and propose no rejection. {CAUTION}"
)
_READS = ToolAnnotations(read_only_hint=True, open_world_hint=False)
_GRADES = ToolAnnotations(read_only_hint=False, destructive_hint=False, idempotent_hint=True, open_world_hint=False)


def mcp_server(api: Api) -> MCPServer:
    """A server whose tools ask this API."""
    server = MCPServer("viva", title="Viva", version=version("viva"), instructions=INSTRUCTIONS, log_level="WARNING")
    tools = Tools(api)
    for reads in (
        tools.list_interviews,
        tools.show_report,
        tools.show_grade,
        tools.list_banks,
        tools.show_bank,
        tools.search_banks,
        tools.list_screenings,
        tools.show_screening_progress,
    ):
        server.add_tool(reads, annotations=_READS)
    for grades in (tools.grade_bank_answer, tools.grade_answer):
        server.add_tool(grades, annotations=_GRADES)
    return server


async def serve_assistant(api: Api) -> None:
    """Answer one assistant on standard input and output, until it closes the input."""
    server = mcp_server(api)
    # After the server, which sets up logging its own way: standard output is the protocol's, and an error's message may
    # quote a candidate.
    set_up("warning")
    await server.run_stdio_async()
