using System.Data;
using System.Text.Json;
using Dapper;
using Npgsql;
using NpgsqlTypes;

namespace Nico.SharedKernel.Data;

/// <summary>How Dapper maps what it does not know by itself.</summary>
public static class DapperTypes
{
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
    }

    /// <summary>Makes Dapper read and write <typeparamref name="T"/> as a <c>jsonb</c> column.</summary>
    public static void RegisterJson<T>()
        where T : class => SqlMapper.AddTypeHandler(new JsonColumn<T>(text => JsonSerializer.Deserialize<T>(text, Wire.Json)));

    /// <summary>The same for what is answered as it is stored.</summary>
    public static void RegisterStoredJson<T>()
        where T : StoredJson, new() => SqlMapper.AddTypeHandler(new JsonColumn<T>(text => new() { Stored = text }));

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
