"""`stream-app doctor`: is all well, and what is to be done?"""

from dataclasses import asdict

import click

from stream_app.output import Output


@click.command()
@click.pass_context
def command(ctx: click.Context) -> None:
    """Look at settings, disk, workers, Kafka, topics, lag, partitions, dead letters and clock.

    Each line is ok, attention or broken, with a remedy. Exit code 0, or 4 where something is broken (3 where it is
    the settings).
    """
    from schemas.errors import SettingsError
    from stream_app.checks.all_checks import all_checks, settings_finding, worst_exit_code
    from stream_app.checks.finding import Finding
    from stream_app.settings import load_settings

    output = ctx.find_object(Output) or Output()
    findings: list[Finding] = []

    def say(finding: Finding) -> None:
        findings.append(finding)
        remedy = f"; {finding.remedy}" if finding.remedy else ""
        output.text(f"{finding.verdict:9}  {finding.name}: {finding.detail}{remedy}")

    code = SettingsError.exit_code
    try:
        settings = load_settings()
    except SettingsError as error:
        say(settings_finding(error))
    else:
        say(settings_finding(None))
        for finding in all_checks(settings):
            say(finding)
        code = worst_exit_code(findings)
    output.document({"well": code == 0, "findings": [asdict(finding) for finding in findings]})
    ctx.exit(code)
