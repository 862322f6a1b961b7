//! Literals of a script as values, without running anything.

use rhai::{Expr, Position};
use serde_json::Value;

/// The value of a literal; the position of the first part of it that would have to be computed.
pub fn literal(expression: &Expr) -> Result<Value, Position> {
    match expression {
        Expr::StringConstant(text, _) => Ok(Value::String(text.to_string())),
        Expr::CharConstant(letter, _) => Ok(Value::String(letter.to_string())),
        Expr::IntegerConstant(number, _) => Ok((*number).into()),
        Expr::FloatConstant(number, _) => Ok((**number).into()),
        Expr::BoolConstant(flag, _) => Ok((*flag).into()),
        Expr::Unit(_) => Ok(Value::Null),
        Expr::Array(items, _) => items.iter().map(literal).collect(),
        Expr::Map(map, _) => {
            let entries = map.0.iter().map(|(key, value)| literal(value).map(|value| (key.name.to_string(), value)));
            entries.collect::<Result<_, _>>().map(Value::Object)
        }
        computed => Err(start(computed)),
    }
}

/// Where an expression starts; Rhai has the place of an operator instead.
fn start(expression: &Expr) -> Position {
    match expression {
        Expr::FnCall(call, _) if call.is_operator_call() => {
            call.args.first().map_or_else(|| expression.start_position(), start)
        }
        other => other.start_position(),
    }
}
