using Dapper;
using Nico.SharedKernel.Lists;
using Npgsql;

namespace Nico.SharedKernel.Data;

/// <summary>
/// The scope's way to PostgreSQL: one connection, opened when first needed, and at most one transaction. Commands run in the
/// transaction that the pipeline opens; queries run without one.
/// </summary>
public sealed class Db(NpgsqlDataSource source) : IAsyncDisposable
{
    /// <summary>Longest time that a statement may run before PostgreSQL is asked to cancel it, in seconds.</summary>
    public const int StatementTimeout = 30;

    private readonly List<Func<CancellationToken, Task>> _afterCommit = [];
    private NpgsqlConnection? _connection;
    private NpgsqlTransaction? _transaction;

    /// <summary>True between <see cref="Begin"/> and <see cref="Commit"/>.</summary>
    public bool InTransaction => _transaction is not null;

    /// <summary>The open connection, for what Dapper does not do (COPY).</summary>
    public async Task<NpgsqlConnection> Connection(CancellationToken ct) => _connection ??= await source.OpenConnectionAsync(ct);

    /// <summary>Opens the scope's transaction (read committed).</summary>
    public async Task Begin(CancellationToken ct)
    {
        var connection = await Connection(ct);
        _transaction = await connection.BeginTransactionAsync(ct);
    }

    /// <summary>
    /// Commits and gives the connection back to the pool: what follows a commit may wait for a site, and must not hold a
    /// connection meanwhile. A later statement of the same scope opens another.
    /// </summary>
    public async Task Commit(CancellationToken ct)
    {
        await _transaction!.CommitAsync(ct);
        await Release();
    }

    /// <summary>Undoes the scope's transaction, if one is open, and gives the connection back to the pool.</summary>
    public async Task Rollback()
    {
        _afterCommit.Clear();
        await Release();
    }

    /// <summary>Registers work that is due once the scope's transaction has committed, and only then.</summary>
    public void AfterCommit(Func<CancellationToken, Task> work) => _afterCommit.Add(work);

    /// <summary>Runs what <see cref="AfterCommit"/> registered, in that order; true when there was any.</summary>
    public async Task<bool> RunAfterCommit(CancellationToken ct)
    {
        var due = _afterCommit.ToArray();
        _afterCommit.Clear();
        foreach (var work in due)
        {
            await work(ct);
        }

        return due.Length > 0;
    }

    /// <summary>Exactly one row.</summary>
    public async Task<T> One<T>(string sql, object? args, CancellationToken ct) =>
        await (await Connection(ct)).QuerySingleAsync<T>(Command(sql, args, ct));

    /// <summary>One row, or the default of <typeparamref name="T"/> when there is none.</summary>
    public async Task<T?> OneOrNone<T>(string sql, object? args, CancellationToken ct) =>
        await (await Connection(ct)).QuerySingleOrDefaultAsync<T>(Command(sql, args, ct));

    /// <summary>Every row. The statement bounds their number.</summary>
    public async Task<List<T>> Many<T>(string sql, object? args, CancellationToken ct) =>
        (await (await Connection(ct)).QueryAsync<T>(Command(sql, args, ct))).AsList();

    /// <summary>Runs the statement; the number of rows it touched.</summary>
    public async Task<int> Execute(string sql, object? args, CancellationToken ct) =>
        await (await Connection(ct)).ExecuteAsync(Command(sql, args, ct));

    /// <summary>
    /// Runs the statement inside the transaction; false when a unique index is in its way. Then nothing was done, and the
    /// transaction goes on.
    /// </summary>
    public async Task<bool> Claims(string sql, object? args, CancellationToken ct)
    {
        const string Before = "claim";
        await _transaction!.SaveAsync(Before, ct);
        try
        {
            await Execute(sql, args, ct);
            await _transaction.ReleaseAsync(Before, ct);
            return true;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            await _transaction.RollbackAsync(Before, ct);
            return false;
        }
    }

    /// <summary>Runs a part of the transaction. When it answers false, what it did is undone, row locks included, and the transaction goes on.</summary>
    public async Task<bool> Keeps(Func<Task<bool>> part, CancellationToken ct)
    {
        const string Before = "part";
        await _transaction!.SaveAsync(Before, ct);
        var isKept = await part();
        await (isKept ? _transaction.ReleaseAsync(Before, ct) : _transaction.RollbackAsync(Before, ct));
        return isKept;
    }

    /// <summary>
    /// One page of what <paramref name="select"/> yields, and the number of all its rows, in one statement. The select's first
    /// column must be called <c>id</c> and never be null; <paramref name="order"/> is an <c>order by</c> list over its columns.
    /// </summary>
    public async Task<Page<T>> Page<T>(string select, object args, PageRequest page, string order, CancellationToken ct)
        where T : class
    {
        var sql = $"""
            with matched as not materialized (
            {select}
            )
            select (select count(*) from matched) as total, page.*
            from (values (1)) as one (row)
            left join (select * from matched order by {order} limit {page.Size} offset {page.Offset}) as page on true
            order by {order}
            """;
        var total = 0L;
        var rows = await (await Connection(ct)).QueryAsync<long, T?, T?>(
            Command(sql, args, ct, select),
            (count, row) =>
            {
                total = count;
                return row;
            },
            splitOn: "id");
        return new Page<T>([.. rows.OfType<T>()], total);
    }

    public async ValueTask DisposeAsync() => await Release();

    /// <summary>The statement with its arguments; <paramref name="names"/> is its part that names them, where the rest differs from call to call.</summary>
    private CommandDefinition Command(string sql, object? args, CancellationToken ct, string? names = null) => new(
        sql,
        args is null or SqlMapper.IDynamicParameters ? args : new SqlArguments(args, names ?? sql),
        _transaction,
        StatementTimeout,
        cancellationToken: ct);

    private async ValueTask Release()
    {
        if (_transaction is not null)
        {
            await _transaction.DisposeAsync();
            _transaction = null;
        }

        if (_connection is not null)
        {
            await _connection.DisposeAsync();
            _connection = null;
        }
    }
}
