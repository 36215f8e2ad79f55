namespace Nico.Identity.Contracts;

/// <summary>Who a token says its bearer is.</summary>
/// <param name="Subject">Identity key: a hash of the issuer and the token's <c>sub</c>.</param>
/// <param name="Email">Claim <c>email</c>; null when absent.</param>
/// <param name="FirstName">First name; null when absent.</param>
/// <param name="LastName">Last name; null when absent.</param>
/// <param name="IsClient">True for a program of its own: no person's row, whatever the subject.</param>
public sealed record SignedIn(string Subject, string? Email, string? FirstName, string? LastName, bool IsClient = false);

/// <summary>A person or a program that has called this API.</summary>
public sealed record User
{
    /// <summary>Id of the user.</summary>
    public Guid Id { get; init; }

    /// <summary>E-mail address, as the last token had it.</summary>
    public string? Email { get; init; }

    /// <summary>First name, as the last token had it.</summary>
    public string? FirstName { get; init; }

    /// <summary>Last name, as the last token had it.</summary>
    public string? LastName { get; init; }

    /// <summary>When the user was first seen.</summary>
    public DateTime Created { get; init; }

    /// <summary>When the user was last refreshed from a token.</summary>
    public DateTime Updated { get; init; }
}

/// <summary>The users that tokens have named.</summary>
public interface IUsers
{
    /// <summary>The id of the user, whose row is made or refreshed when that is due (at most once a minute).</summary>
    Task<Guid> SignIn(SignedIn who, CancellationToken ct);

    /// <summary>Users by id, in one statement.</summary>
    Task<IReadOnlyDictionary<Guid, User>> ByIds(IReadOnlyCollection<Guid> ids, CancellationToken ct);
}
