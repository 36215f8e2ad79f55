using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Nico.Host;

namespace Nico.Bench;

/// <summary>What a load generator measured.</summary>
/// <param name="Rate">Answers a second; for changes, pairs of them where the script makes pairs.</param>
/// <param name="Median">Milliseconds.</param>
/// <param name="High">The 99th percentile, in milliseconds.</param>
/// <param name="Failed">Answers that were no success.</param>
internal sealed record Figure(double Rate, double Median, double High, int Failed);

/// <summary>Loads a server with wrk, and PostgreSQL with pgbench.</summary>
internal static partial class Load
{
    /// <summary>Makes sure that wrk is there; installs the distribution's package when that is possible.</summary>
    public static async Task RequireWrk()
    {
        if ((await Shell.Run("sh", "-c", "command -v wrk")).Status == 0)
        {
            return;
        }

        if (!Environment.IsPrivilegedProcess || (await Shell.Run("sh", "-c", "apt-get update -q && apt-get install -qy wrk")).Status != 0)
        {
            throw new ConfigurationProblem("The load generator wrk is not on this machine: install the package wrk");
        }
    }

    public static async Task<Figure> Wrk(Uri server, int connections, int seconds, string script)
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, script);
            var (status, output) = await Shell.Run("wrk", "-t1", $"-c{connections}", $"-d{seconds}s", "--timeout", "30s", "--latency", "-s", file, server.ToString());
            return status == 0 && Rate().Match(output) is { Success: true } rate
                ? new Figure(
                    Number(rate.Groups[1].Value), Milliseconds(Percentile("50", output)), Milliseconds(Percentile("99", output)),
                    Failures().Match(output) is { Success: true } failed ? int.Parse(failed.Groups[1].Value, CultureInfo.InvariantCulture) : 0)
                : throw new ConfigurationProblem("wrk failed: " + output);
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>Transactions a second of the plan's statements, prepared, on PostgreSQL alone.</summary>
    public static async Task<double> PgBench(string connectionString, Plan plan, int connections, int seconds)
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, Script(plan));
            var target = new Npgsql.NpgsqlConnectionStringBuilder(connectionString);
            var (status, output) = await Shell.Run(
                "pgbench", "-h", target.Host!, "-U", target.Username!, "-n", "-M", "prepared", "-f", file, "-c", $"{connections}", "-j", "1", "-T", $"{seconds}", target.Database!);
            return status == 0 && Transactions().Match(output) is { Success: true } tps
                ? Number(tps.Groups[1].Value)
                : throw new ConfigurationProblem("pgbench failed: " + output);
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>
    /// The statements with their values in place. Values that differ are drawn first, in one statement more than Nico runs; from there
    /// on they are parameters.
    /// </summary>
    private static string Script(Plan plan)
    {
        var drawn = new List<string>();
        var statements = plan.Statements.Select(statement => ParameterName().Replace(statement.Sql, name =>
        {
            var index = int.Parse(name.Groups[1].Value, CultureInfo.InvariantCulture) - 1;
            var value = statement.Parameters[index];
            var type = statement.ArrayType(index) is { } array ? "::" + array : "";
            if (value is null)
            {
                return "null";
            }

            var literal = "'" + value.Replace("'", "''", StringComparison.Ordinal) + "'";
            var marks = plan.Marks.Where(mark => literal.Contains(mark.Text, StringComparison.Ordinal)).ToArray();
            if (marks.Length == 0)
            {
                return literal + type;
            }

            foreach (var mark in marks)
            {
                literal = literal.Replace(mark.Text, $"' || {Drawn(plan, mark)} || '", StringComparison.Ordinal);
            }

            if (!drawn.Contains(literal))
            {
                drawn.Add(literal);
            }

            return $":v{drawn.IndexOf(literal)}{type}";
        }).TrimEnd(';', ' ', '\n') + ";").ToArray();
        var draw = drawn.Count == 0
            ? ""
            : $"with n as materialized (select nextval('bench.number') as n) select {string.Join(", ", drawn.Select((literal, index) => $"{literal} as v{index}"))} from n \\gset\n";
        return draw + string.Join('\n', statements) + "\n";
    }

    private static string Drawn(Plan plan, Mark mark) => mark.Values is { } values
        ? $"(select v from bench.mark where plan = '{plan.Name}' and mark = '{mark.Name}' and mark.n = n.n % {values.Length})"
        : "'" + mark.Template!.Replace("{n}", "' || lpad(n.n::text, 12, '0') || '", StringComparison.Ordinal) + "'";

    private static string Percentile(string which, string output) => Regex.Match(output, $@"^\s+{which}%\s+(\S+)", RegexOptions.Multiline).Groups[1].Value;

    private static double Milliseconds(string text) =>
        text.EndsWith("us", StringComparison.Ordinal) ? Number(text[..^2]) / 1000
        : text.EndsWith("ms", StringComparison.Ordinal) ? Number(text[..^2])
        : text.EndsWith('s') ? Number(text[..^1]) * 1000 : double.NaN;

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"Requests/sec:\s+([\d.]+)")]
    private static partial Regex Rate();

    [GeneratedRegex(@"Non-2xx or 3xx responses: (\d+)")]
    private static partial Regex Failures();

    [GeneratedRegex(@"tps = ([\d.]+)")]
    private static partial Regex Transactions();

    [GeneratedRegex(@"\$(\d+)")]
    private static partial Regex ParameterName();
}

/// <summary>Runs programs.</summary>
internal static class Shell
{
    public static async Task<(int Status, string Output)> Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" };
        start.Environment["DEBIAN_FRONTEND"] = "noninteractive";
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await error);
    }
}
