namespace Nico.SharedKernel.Lists;

/// <summary>
/// The fields a list can be ordered by, each with the SQL column it means, and the order without any wish.
/// Columns are the program's own text, never the caller's.
/// </summary>
public sealed class ListOrder
{
    private readonly Dictionary<string, string> _columns;
    private readonly string _default;
    private readonly string _then;

    private ListOrder(Dictionary<string, string> columns, string @default, string then)
    {
        _columns = columns;
        _default = @default;
        _then = then;
    }

    /// <summary>Fields named as their columns, default <c>CREATED_ASC</c>: <c>By("name", "status", "created", "updated")</c>.</summary>
    public static ListOrder By(params string[] columns) =>
        new(columns.ToDictionary(c => c.ToUpperInvariant(), c => c), "CREATED_ASC", "created, id");

    /// <summary>The same with another default order.</summary>
    public ListOrder Default(string order) => new(_columns, order, _then);

    /// <summary>The same with one more field that is ordered by another SQL expression.</summary>
    public ListOrder And(string field, string sql) => new(new Dictionary<string, string>(_columns) { [field] = sql }, _default, _then);

    /// <summary>The same with other final keys: a list without <c>created</c> names its own.</summary>
    public ListOrder Then(string columns) => new(_columns, _default, columns);

    /// <summary>Every value that <c>orderBy</c> may have.</summary>
    public IEnumerable<string> Values => _columns.Keys.SelectMany(column => new[] { column + "_ASC", column + "_DESC" });

    /// <summary>True for null (the default) and for a value of <see cref="Values"/>.</summary>
    public bool Knows(string? orderBy) => orderBy is null || Split(orderBy) is not null;

    /// <summary>The <c>order by</c> list for <paramref name="orderBy"/>, which <see cref="Knows"/>.</summary>
    public string ToSql(string? orderBy)
    {
        var (column, direction) = Split(orderBy ?? _default) ?? throw Problem.Invalid("OrderByStr", "is not an order of this list");
        return $"{column} {direction}, {_then}";
    }

    private (string Column, string Direction)? Split(string orderBy)
    {
        var cut = orderBy.LastIndexOf('_');
        if (cut < 0 || !_columns.TryGetValue(orderBy[..cut], out var column))
        {
            return null;
        }

        return orderBy[(cut + 1)..] switch
        {
            "ASC" => (column, "asc"),
            "DESC" => (column, "desc"),
            _ => null,
        };
    }
}
