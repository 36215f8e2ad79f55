using System.Collections.Concurrent;
using System.Data;
using System.Text.Json;
using Dapper;
using Npgsql;
using NpgsqlTypes;

namespace Nico.SharedKernel.Data;

/// <summary>How Dapper maps what it does not know by itself.</summary>
public static class DapperTypes
{
    private static readonly ConcurrentDictionary<Type, SqlMapper.ITypeHandler> _handlers = new();
    private static int _registered;

    /// <summary>Snake case columns and the kernel's own types; safe to call more than once.</summary>
    public static void Register()
    {
        if (Interlocked.Exchange(ref _registered, 1) == 1)
        {
            return;
        }

        DefaultTypeMap.MatchNamesWithUnderscores = true;
        RegisterJson<Dictionary<string, string>>();
        RegisterRows<StatusDetail>();
    }

    /// <summary>Makes Dapper read and write <typeparamref name="T"/> as a <c>jsonb</c> column.</summary>
    public static void RegisterJson<T>()
        where T : class => Register(new JsonColumn<T>(text => JsonSerializer.Deserialize<T>(text, Wire.Json)));

    /// <summary>The same for what is answered as it is stored.</summary>
    public static void RegisterStoredJson<T>()
        where T : StoredJson, new() => Register(new JsonColumn<T>(text => new() { Stored = text }));

    /// <summary>Makes Dapper read rows of <typeparamref name="T"/> that come as a JSON array inside another row.</summary>
    public static void RegisterRows<T>() => Register(new JsonColumn<T[]>(text => JsonSerializer.Deserialize<T[]>(text, RowJson.Options)));

    /// <summary>Makes Dapper read, and statements take, <typeparamref name="T"/> by a handler of its own.</summary>
    public static void Register<T>(SqlMapper.TypeHandler<T> handler)
    {
        _handlers[typeof(T)] = handler;
        SqlMapper.AddTypeHandler(handler);
    }

    /// <summary>How values of the type are bound, if by a handler.</summary>
    internal static SqlMapper.ITypeHandler? HandlerOf(Type type) => _handlers.GetValueOrDefault(type);

    private sealed class JsonColumn<T>(Func<string, T?> read) : SqlMapper.TypeHandler<T>
        where T : class
    {
        public override void SetValue(IDbDataParameter parameter, T? value)
        {
            parameter.Value = value is null ? DBNull.Value : JsonSerializer.Serialize(value, Wire.Json);
            ((NpgsqlParameter)parameter).NpgsqlDbType = NpgsqlDbType.Jsonb;
        }

        public override T? Parse(object value) => read((string)value);
    }
}
