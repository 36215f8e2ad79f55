using System.Security.Cryptography;
using Nico.SharedKernel.Data;
using Nico.SharedKernel.Secrets;
using Npgsql;

namespace Nico.Host.Secrets;

/// <summary>
/// Seals again, under the current key, what older keys sealed, so that an older key can be removed, and what is not sealed yet. In small batches, each row
/// by a statement of its own that changes it only if it still holds what was read: no lock is held, and several processes may
/// do it at once.
/// </summary>
internal sealed partial class Resealing(
    NpgsqlDataSource source, KeyRing keys, IEnumerable<SealedColumn> columns, TimeProvider clock, ILogger<Resealing> log) : BackgroundService
{
    private const int Batch = 100;

    /// <summary>Pauses that are left out once nothing is left to seal again.</summary>
    private const int Rest = 60;

    private static readonly TimeSpan _pause = TimeSpan.FromSeconds(5);

    private readonly HashSet<string> _reported = [];

    /// <summary>How many texts each key has sealed in each column.</summary>
    public async Task<IReadOnlyList<SealedCount>> Count(CancellationToken ct)
    {
        await using var db = new Db(source);
        List<SealedCount> counts = [];
        foreach (var column in columns)
        {
            counts.AddRange(await db.Many<SealedCount>(
                $"""
                select '{column.Name}' as column,
                  case when {column.Column} ~ '^v1[.][A-Za-z0-9_-]{"{12}"}[.]' then split_part({column.Column}, '.', 2) else 'none' end as key,
                  count(*) as texts
                from {column.Table}
                where {column.Column} <> ''
                group by 2
                order by 2
                """,
                null,
                ct));
        }

        return counts;
    }

    /// <summary>One pass over all columns; how many texts are under the current key now that were not before.</summary>
    public async Task<int> Pass(CancellationToken ct)
    {
        var resealed = 0;
        var current = SealedText.Prefix(keys.Current().Id);
        foreach (var column in columns)
        {
            var after = "";
            while (true)
            {
                await using var db = new Db(source);
                var rows = await db.Many<SealedRow>(
                    $"""
                    select {column.Key}::text as id, {column.Column} as text
                    from {column.Table}
                    where {column.Column} <> ''
                      and not starts_with({column.Column}, @current)
                      and {column.Key}::text > @after
                    order by {column.Key}::text
                    limit {Batch}
                    """,
                    new { current, after },
                    ct);
                foreach (var row in rows)
                {
                    resealed += await Reseal(db, column, row, ct);
                }

                if (rows.Count < Batch)
                {
                    break;
                }

                after = rows[^1].Id;
            }
        }

        return resealed;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_pause, clock);
        string? done = null;
        var rest = 0;
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                try
                {
                    var current = keys.Current().Id;
                    if (current == done && ++rest < Rest)
                    {
                        continue;
                    }

                    // A replica that does not have the key yet goes on sealing with an older one: so it is looked again now and then.
                    rest = 0;
                    var resealed = await Pass(stoppingToken);
                    if (resealed > 0)
                    {
                        Resealed(log, resealed, current);
                    }
                    else
                    {
                        done = current;
                    }
                }
                catch (Exception e) when (!stoppingToken.IsCancellationRequested)
                {
                    Failed(log, e.Message);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The process stops.
        }
    }

    private async Task<int> Reseal(Db db, SealedColumn column, SealedRow row, CancellationToken ct)
    {
        try
        {
            return await db.Execute(
                $"""
                update {column.Table}
                set {column.Column} = @again
                where {column.Key}::text = @Id
                  and {column.Column} = @Text
                """,
                new { row.Id, row.Text, again = keys.Seal(Clear(column, row.Text), column.Purpose) },
                ct);
        }
        catch (Exception e) when (e is SecretUnreadable or CryptographicException)
        {
            if (_reported.Add($"{column.Name} {row.Id}"))
            {
                Unreadable(log, column.Name, row.Id, e.Message);
            }

            return 0;
        }
    }

    private string Clear(SealedColumn column, string text) =>
        column.MayBeClear && !SealedText.IsSealed(text) ? text : keys.Open(text, column.Purpose);

    private sealed record SealedRow(string Id, string Text);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Count} secrets are sealed under the key {Key} now")]
    private static partial void Resealed(ILogger log, int count, string key);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Column} of {Id} cannot be sealed again: {Reason}")]
    private static partial void Unreadable(ILogger log, string column, string id, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Secrets could not be sealed again, that is repeated: {Reason}")]
    private static partial void Failed(ILogger log, string reason);
}

/// <summary>How many texts of a column a key has sealed.</summary>
internal sealed record SealedCount(string Column, string Key, long Texts);
