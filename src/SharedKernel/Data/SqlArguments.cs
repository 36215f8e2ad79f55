using System.Collections;
using System.Collections.Concurrent;
using System.Data;
using System.Net;
using System.Reflection;
using System.Text.RegularExpressions;
using Dapper;
using Npgsql;
using NpgsqlTypes;

namespace Nico.SharedKernel.Data;

/// <summary>
/// Binds the members of an object, an entity, a request or an anonymous one, to the parameters that a statement names: enums by their
/// names, lists as arrays, what has a handler (<see cref="DapperTypes"/>) by it. Names are compared without regard to case.
/// </summary>
internal sealed partial class SqlArguments(object values, string statement) : SqlMapper.IDynamicParameters
{
    private static readonly ConcurrentDictionary<(Type, string), Argument[]> _bound = new();

    private static readonly Dictionary<Type, NpgsqlDbType> _scalars = new()
    {
        [typeof(bool)] = NpgsqlDbType.Boolean,
        [typeof(short)] = NpgsqlDbType.Smallint,
        [typeof(int)] = NpgsqlDbType.Integer,
        [typeof(long)] = NpgsqlDbType.Bigint,
        [typeof(double)] = NpgsqlDbType.Double,
        [typeof(decimal)] = NpgsqlDbType.Numeric,
        [typeof(string)] = NpgsqlDbType.Text,
        [typeof(Guid)] = NpgsqlDbType.Uuid,
        [typeof(DateTime)] = NpgsqlDbType.TimestampTz,
        [typeof(TimeSpan)] = NpgsqlDbType.Interval,
        [typeof(byte[])] = NpgsqlDbType.Bytea,
        [typeof(IPAddress)] = NpgsqlDbType.Inet,
    };

    public void AddParameters(IDbCommand command, SqlMapper.Identity identity)
    {
        foreach (var argument in _bound.GetOrAdd((values.GetType(), statement), static key => Find(key.Item1, key.Item2)))
        {
            command.Parameters.Add(argument.Parameter(values));
        }
    }

    private static Argument[] Find(Type type, string statement)
    {
        var members = type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(member => member.GetIndexParameters().Length == 0);
        var byName = members.ToLookup(member => member.Name, StringComparer.OrdinalIgnoreCase);
        return
        [
            .. Names().Matches(Comments().Replace(statement, ""))
                .Select(name => name.Groups[1].Value)
                .Distinct()
                .Select(name => (byName[name].FirstOrDefault(member => member.Name == name) ?? byName[name].FirstOrDefault()) is { } member
                    ? new Argument(name, member)
                    : throw new InvalidOperationException($"{type} has no member for the parameter @{name} of: {statement}")),
        ];
    }

    [GeneratedRegex("(?<![@:\\w])@([A-Za-z_]\\w*)")]
    private static partial Regex Names();

    [GeneratedRegex("--[^\\n]*")]
    private static partial Regex Comments();

    /// <summary>A parameter of a statement, and the member that it has its value from.</summary>
    private sealed class Argument(string name, PropertyInfo member)
    {
        private readonly Type _type = Nullable.GetUnderlyingType(member.PropertyType) ?? member.PropertyType;
        private readonly Type? _entry = EntryOf(member.PropertyType);
        private readonly SqlMapper.ITypeHandler? _handler = DapperTypes.HandlerOf(Nullable.GetUnderlyingType(member.PropertyType) ?? member.PropertyType);

        public NpgsqlParameter Parameter(object values)
        {
            var value = member.GetValue(values);
            var parameter = new NpgsqlParameter { ParameterName = name };
            if (_handler is not null)
            {
                _handler.SetValue(parameter, value ?? DBNull.Value);
            }
            else if (_type.IsEnum)
            {
                (parameter.NpgsqlDbType, parameter.Value) = (NpgsqlDbType.Text, (object?)value?.ToString() ?? DBNull.Value);
            }
            else if (_scalars.TryGetValue(_type, out var scalar))
            {
                (parameter.NpgsqlDbType, parameter.Value) = (scalar, value ?? DBNull.Value);
            }
            else if (_entry is { IsEnum: true })
            {
                parameter.NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text;
                parameter.Value = value is null ? DBNull.Value : ((IEnumerable)value).Cast<object>().Select(entry => entry.ToString()).ToArray();
            }
            else if (_entry is not null && _scalars.TryGetValue(Nullable.GetUnderlyingType(_entry) ?? _entry, out var entries))
            {
                parameter.NpgsqlDbType = NpgsqlDbType.Array | entries;
                parameter.Value = value is null ? DBNull.Value : value as Array ?? ArrayOf(_entry, (IEnumerable)value);
            }
            else
            {
                parameter.Value = value ?? DBNull.Value;
            }

            return parameter;
        }

        private static Array ArrayOf(Type entry, IEnumerable values)
        {
            var all = values.Cast<object?>().ToArray();
            var array = Array.CreateInstance(entry, all.Length);
            all.CopyTo(array, 0);
            return array;
        }

        /// <summary>The type of a list's entries; null for what is no list.</summary>
        private static Type? EntryOf(Type type) => type == typeof(string) || type == typeof(byte[])
            ? null
            : type.GetInterfaces().Prepend(type).FirstOrDefault(t => t.IsGenericType && t.GetGenericTypeDefinition() == typeof(IEnumerable<>))?.GetGenericArguments()[0];
    }
}
