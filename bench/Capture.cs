using System.Text.RegularExpressions;
using Npgsql;

namespace Nico.Bench;

/// <summary>
/// Sees the statements of one request as PostgreSQL's own log has them, so that what is compared with Nico runs what Nico runs. Nothing
/// else may use the database meanwhile.
/// </summary>
internal sealed partial class Capture(NpgsqlDataSource database, string logFile)
{
    public async Task<Statement[]> Of(Func<Task> request)
    {
        await Set("alter system set log_statement = 'all'");
        var from = new FileInfo(logFile).Length;
        await request();
        await Task.Delay(300);
        await using var stream = new FileStream(logFile, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        stream.Seek(from, SeekOrigin.Begin);
        using var reader = new StreamReader(stream);
        var text = await reader.ReadToEndAsync();
        await Set("alter system reset log_statement");
        return [.. Statements(text)];
    }

    private async Task Set(string sql)
    {
        await Execute(sql);
        await Execute("select pg_reload_conf()");
        await Task.Delay(500);
    }

    private async Task Execute(string sql)
    {
        await using var command = database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private static IEnumerable<Statement> Statements(string log)
    {
        // An entry begins with its time; what follows it begins with a tab.
        var entries = new List<string>();
        foreach (var line in log.Split('\n'))
        {
            if (line.StartsWith('\t') && entries.Count > 0)
            {
                entries[^1] += "\n" + line[1..];
            }
            else
            {
                entries.Add(line);
            }
        }

        var all = new List<(string Process, Statement Statement)>();
        foreach (var entry in entries)
        {
            if (Execution().Match(entry) is { Success: true } execution)
            {
                var sql = Comment().Replace(execution.Groups[2].Value, "").Trim();
                all.Add((execution.Groups[1].Value, new Statement(sql.StartsWith("BEGIN", StringComparison.Ordinal) ? "BEGIN" : sql, [])));
            }
            else if (Detail().Match(entry) is { Success: true } detail && all.FindLastIndex(one => one.Process == detail.Groups[1].Value) is >= 0 and var last)
            {
                all[last] = (all[last].Process, all[last].Statement with { Parameters = [.. Values(detail.Groups[2].Value)] });
            }
        }

        return all.GroupBy(one => one.Process).SelectMany(process => Requests(process.Select(one => one.Statement)));
    }

    /// <summary>What is left of a connection's statements without those of the site link, which looks for its work whoever asks for what.</summary>
    private static IEnumerable<Statement> Requests(IEnumerable<Statement> statements)
    {
        List<Statement>? transaction = null;
        foreach (var statement in statements)
        {
            if (statement.Sql == "BEGIN")
            {
                transaction = [];
            }
            else if (statement.Sql is "COMMIT" or "ROLLBACK")
            {
                foreach (var one in transaction is { Count: > 0 } ? [new Statement("BEGIN", []), .. transaction, statement] : Array.Empty<Statement>())
                {
                    yield return one;
                }

                transaction = null;
            }
            else if (!statement.Sql.Contains("sitelink.", StringComparison.Ordinal) && !statement.Sql.StartsWith("alter system", StringComparison.Ordinal)
                && !statement.Sql.Contains("pg_reload_conf", StringComparison.Ordinal) && !statement.Sql.StartsWith("DISCARD", StringComparison.Ordinal) && statement.Sql.Length > 0)
            {
                if (transaction is not null)
                {
                    transaction.Add(statement);
                }
                else
                {
                    yield return statement;
                }
            }
        }
    }

    private static IEnumerable<string?> Values(string parameters) =>
        Parameter().Matches(parameters).Select(value => value.Groups[1].Success ? value.Groups[1].Value.Replace("''", "'", StringComparison.Ordinal) : null);

    [GeneratedRegex(@"^\S+ \S+ \S+ \[(\d+)\] LOG:  (?:execute [^:]+|statement): (.*)$", RegexOptions.Singleline)]
    private static partial Regex Execution();

    [GeneratedRegex(@"^\S+ \S+ \S+ \[(\d+)\] DETAIL:  [Pp]arameters: (.*)$", RegexOptions.Singleline)]
    private static partial Regex Detail();

    [GeneratedRegex(@"\$\d+ = (?:'((?:[^']|'')*)'|NULL)")]
    private static partial Regex Parameter();

    [GeneratedRegex(@"--[^\n]*")]
    private static partial Regex Comment();
}
